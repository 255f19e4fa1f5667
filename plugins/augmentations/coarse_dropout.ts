import { z } from "zod";
import { type Box, defineAugmentation, fillBox, type Random, type Shape } from "../../plugin.ts";
import { anyDepth, augmentation, commonParams } from "./_operation.ts";

function drawBox(random: Random, shape: Shape, largest: Shape): Box {
  const height = random.integer(1, Math.min(largest.height, shape.height));
  const width = random.integer(1, Math.min(largest.width, shape.width));
  return {
    top: random.integer(0, shape.height - height),
    left: random.integer(0, shape.width - width),
    height,
    width,
  };
}

export default defineAugmentation({
  name: "CoarseDropout",
  about: "Fill random rectangles with one level",
  nature: "pixelwise",
  cost: 1,
  params: z.strictObject({
    max_holes: z.int().min(1).default(8).describe("Most rectangles"),
    min_holes: z.int().min(1).nullable().default(null).describe(
      "Fewest rectangles; as many as max_holes when null",
    ),
    max_height: z.int().min(1).default(8).describe("Greatest height of a rectangle in pixels"),
    max_width: z.int().min(1).default(8).describe("Greatest width of a rectangle in pixels"),
    fill_value: z.int().min(0).max(255).default(0).describe("Level that fills them"),
    ...commonParams,
  }),
  create: (params) =>
    augmentation(
      params,
      anyDepth({
        draw(random, pixels) {
          const most = params.max_holes, fewest = Math.min(params.min_holes ?? most, most);
          const largest = { height: params.max_height, width: params.max_width };
          const holes = Array.from(
            { length: random.integer(fewest, most) },
            () => drawBox(random, pixels, largest),
          );
          return { holes: holes.map((box) => ({ ...box })) };
        },
        apply(pixels, { holes }) {
          const changed = { ...pixels, data: pixels.data.slice() };
          for (const box of holes) {
            fillBox(changed, box, params.fill_value);
          }
          return changed;
        },
      }),
    ),
});
