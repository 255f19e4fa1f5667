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

function matrixOf(
  { height, width }: Shape,
  move: { readonly angle: number; readonly scale: number; readonly dx: number; readonly dy: number },
): Affine {
  const [a, b, x, c, d, y] = rotationMatrix([width / 2, height / 2], move);
  return [a, b, x + move.dx * width, c, d, y + move.dy * height];
}

export default defineAugmentation({
  name: "ShiftScaleRotate",
  about: "Turn, scale and shift at random about the centre; borders are mirrored",
  nature: "affine",
  cost: 6,
  space: { shift_limit: [0.03, 0.12], scale_limit: 0, rotate_limit: 0, p: SEARCHED_P },
  params: z.strictObject({
    shift_limit: limitParam.default(0.0625).describe("Largest shift as a part of width and height"),
    scale_limit: limitParam.default(0.1).describe("Largest change of scale: 0.1 gives 0.9 to 1.1"),
    rotate_limit: limitParam.default(45).describe("Largest angle in degrees"),
    ...commonParams,
  }),
  create: (params) =>
    augmentation(
      params,
      anyDepth({
        draw(random) {
          const [low, high] = rangeOf(params.scale_limit);
          const shift = rangeOf(params.shift_limit);
          return {
            angle: random.uniform(...rangeOf(params.rotate_limit)),
            scale: random.uniform(1 + low, 1 + high),
            dx: random.uniform(...shift),
            dy: random.uniform(...shift),
          };
        },
        apply: (pixels, move) => warpAffine(pixels, matrixOf(pixels, move)),
        map: (shape, move) => warpMap(shape, matrixOf(shape, move)),
      }),
    ),
});
