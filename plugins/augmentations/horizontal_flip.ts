import { z } from "zod";
import { defineAugmentation, orient, orientMap, UPRIGHT } from "../../plugin.ts";
import { anyDepth, augmentation, commonParams } from "./_operation.ts";

const MIRRORED = { ...UPRIGHT, mirror: true };

export default defineAugmentation({
  name: "HorizontalFlip",
  about: "Swap left and right",
  nature: "permutation",
  cost: 2,
  params: z.strictObject(commonParams),
  create: (params) =>
    augmentation(
      params,
      anyDepth({
        orientations: [MIRRORED],
        draw: () => ({}),
        apply: (pixels) => orient(pixels, MIRRORED),
        map: (shape) => orientMap(shape, MIRRORED),
      }),
    ),
});
