import { z } from "zod";
import { defineAugmentation, orient, orientMap, UPRIGHT } from "../../plugin.ts";
import { anyDepth, augmentation, commonParams } from "./_operation.ts";

const TRANSPOSED = { ...UPRIGHT, transpose: true };

export default defineAugmentation({
  name: "Transpose",
  about: "Swap rows and columns",
  nature: "permutation",
  cost: 2,
  params: z.strictObject(commonParams),
  create: (params) =>
    augmentation(
      params,
      anyDepth({
        orientations: [TRANSPOSED],
        draw: () => ({}),
        apply: (pixels) => orient(pixels, TRANSPOSED),
        map: (shape) => orientMap(shape, TRANSPOSED),
      }),
    ),
});
