import { z } from "zod";
import { defineAugmentation, distortedAxis, remapSeparable, type Shape } from "../../plugin.ts";
import { anyDepth, augmentation, commonParams, limitParam, rangeOf, SEARCHED_P } from "./_operation.ts";

function axesOf(
  { height, width }: Shape,
  steps: number,
  { x, y }: { x: readonly number[]; y: readonly number[] },
) {
  return { x: distortedAxis(width, { steps, factors: x }), y: distortedAxis(height, { steps, factors: y }) };
}

export default defineAugmentation({
  name: "GridDistortion",
  about: "Stretch and squeeze the columns and rows of a grid at random; borders are mirrored",
  nature: "map",
  cost: 7,
  space: { num_steps: [3, 5], distort_limit: [0.1, 0.5], p: SEARCHED_P },
  params: z.strictObject({
    num_steps: z.int().min(1).default(5).describe("Cells of the grid in each direction"),
    distort_limit: limitParam.default(0.3).describe("Largest change of a cell's side: 0.3 gives 0.7 to 1.3"),
    ...commonParams,
  }),
  create: (params) =>
    augmentation(
      params,
      anyDepth({
        draw(random) {
          const range = rangeOf(params.distort_limit);
          const factors = () =>
            Array.from({ length: params.num_steps + 1 }, () => 1 + random.uniform(...range));
          return { x: factors(), y: factors() };
        },
        apply: (pixels, factors) => remapSeparable(pixels, axesOf(pixels, params.num_steps, factors)),
        map: (shape, factors) => ({
          shape,
          steps: [{ kind: "axes", ...axesOf(shape, params.num_steps, factors) }, { kind: "mirror", shape }],
        }),
      }),
    ),
});
