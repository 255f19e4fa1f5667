import { z } from "zod";
import { defineAugmentation, orient, type Orientation, orientMap } from "../../plugin.ts";
import { anyDepth, augmentation, commonParams } from "./_operation.ts";

function flipOf(axis: number): Orientation {
  return { transpose: false, mirror: axis !== 0, upsideDown: axis !== 1 };
}

export default defineAugmentation({
  name: "Flip",
  about: "Swap top and bottom (0), left and right (1), or both (-1)",
  nature: "permutation",
  cost: 2,
  params: z.strictObject(commonParams),
  create: (params) =>
    augmentation(
      params,
      anyDepth({
        orientations: [-1, 0, 1].map(flipOf),
        draw: (random) => ({ axis: random.integer(-1, 1) }),
        apply: (pixels, { axis }) => orient(pixels, flipOf(axis)),
        map: (shape, { axis }) => orientMap(shape, flipOf(axis)),
      }),
    ),
});
