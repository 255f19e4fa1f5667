import { z } from "zod";
import { defineAugmentation, orient, orientMap, quarterTurn } from "../../plugin.ts";
import { anyDepth, augmentation, commonParams } from "./_operation.ts";

export default defineAugmentation({
  name: "RandomRotate90",
  about: "Turn counter-clockwise by 0, 90, 180 or 270 degrees",
  nature: "permutation",
  cost: 2,
  params: z.strictObject(commonParams),
  create: (params) =>
    augmentation(
      params,
      anyDepth({
        orientations: [1, 2, 3].map(quarterTurn),
        draw: (random) => ({ turns: random.integer(0, 3) }),
        apply: (pixels, { turns }) => orient(pixels, quarterTurn(turns)),
        map: (shape, { turns }) => orientMap(shape, quarterTurn(turns)),
      }),
    ),
});
