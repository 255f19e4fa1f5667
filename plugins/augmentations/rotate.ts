import { z } from "zod";
import {
  type Affine,
  defineAugmentation,
  rotationMatrix,
  type Shape,
  warpAffine,
  warpMap,
} from "../../plugin.ts";
import { anyDepth, augmentation, commonParams, limitParam, rangeOf, SEARCHED_P } from "./_operation.ts";

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
    augmentation(
      params,
      anyDepth({
        draw: (random) => ({ angle: random.uniform(...rangeOf(params.limit)) }),
        apply: (pixels, { angle }) => warpAffine(pixels, matrixOf(pixels, angle)),
        map: (shape, { angle }) => warpMap(shape, matrixOf(shape, angle)),
      }),
    ),
});
