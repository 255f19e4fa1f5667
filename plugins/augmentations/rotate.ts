import { z } from "zod";
import { warpMap } from "../../core/image/warp/fused_map.ts";
import { rotationMatrix, warpAffine } from "../../core/image/warp/remap.ts";
import type { Affine } from "../../core/image/warp/coordinate_map.ts";
import type { Shape } from "../../core/base/pixels.ts";
import { defineAugmentation } from "../../core/plugin/define.ts";
import { augmentation, commonParams, limitParam, rangeOf, SEARCHED_P } from "./_operation.ts";

function matrixOf({ height, width }: Shape, angle: number): Affine {
  return rotationMatrix([width / 2, height / 2], { angle, scale: 1 });
}

export default defineAugmentation({
  name: "Rotate",
  about: "Turn about the centre by a random angle; borders are mirrored",
  nature: "affine",
  cost: 6,
  space: { limit: [5, 45], p: SEARCHED_P },
  params: z.strictObject({
    limit: limitParam.default(90).describe("Largest angle in degrees, or [lowest, highest]"),
    ...commonParams,
  }),
  create: (params) =>
    augmentation(params, {
      draw: (random) => ({ angle: random.uniform(...rangeOf(params.limit)) }),
      apply: (pixels, { angle }) => warpAffine(pixels, matrixOf(pixels, angle)),
      map: (shape, { angle }) => warpMap(shape, matrixOf(shape, angle)),
    }),
});
