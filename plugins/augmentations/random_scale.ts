import { z } from "zod";
import { defineAugmentation, resize, resizeMap, type Shape } from "../../plugin.ts";
import { anyDepth, augmentation, commonParams, limitParam, rangeOf, SEARCHED_P } from "./_operation.ts";

function scaledShape({ height, width }: Shape, scale: number): Shape {
  // OpenCV rejects empty images; at least one pixel is kept here.
  const sideOf = (side: number) => Math.max(1, Math.trunc(side * scale));
  return { height: sideOf(height), width: sideOf(width) };
}

export default defineAugmentation({
  name: "RandomScale",
  about: "Resize by a random factor; the next operation sees the new size",
  nature: "resize",
  cost: 4,
  space: { scale_limit: [0.05, 0.2], p: SEARCHED_P },
  params: z.strictObject({
    scale_limit: limitParam.default(0.1).describe("Largest change of scale: 0.1 gives 0.9 to 1.1"),
    ...commonParams,
  }),
  create: (params) =>
    augmentation(
      params,
      anyDepth({
        draw(random) {
          const [low, high] = rangeOf(params.scale_limit);
          return { scale: random.uniform(1 + low, 1 + high) };
        },
        apply(pixels, { scale }) {
          const { height, width } = scaledShape(pixels, scale);
          return resize(pixels, height, width);
        },
        map: (shape, { scale }) => resizeMap(shape, scaledShape(shape, scale)),
      }),
    ),
});
