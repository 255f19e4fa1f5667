import { z } from "zod";
import { clahe, defineAugmentation } from "../../plugin.ts";
import { augmentation, commonParams } from "./_operation.ts";

export default defineAugmentation({
  name: "CLAHE",
  about: "Contrast-limited adaptive histogram equalisation of each channel by itself",
  nature: "pixelwise",
  cost: 60,
  params: z.strictObject({
    clip_limit: z.union([z.number().min(1), z.tuple([z.number().min(1), z.number().min(1)])]).default(4)
      .describe("Highest contrast, or [lowest, highest]; one number L stands for [1, L]"),
    tile_grid_size: z.tuple([z.int().min(1), z.int().min(1)]).default([8, 8]).describe(
      "Tiles down and across",
    ),
    ...commonParams,
  }),
  create: (params) =>
    augmentation(params, {
      draw(random) {
        const { clip_limit: limit } = params;
        const [low, high] = typeof limit === "number" ? [1, limit] : limit;
        return { clipLimit: random.uniform(low, high) };
      },
      apply: (pixels, { clipLimit }) => clahe(pixels, { clipLimit, tiles: params.tile_grid_size }),
    }),
});
