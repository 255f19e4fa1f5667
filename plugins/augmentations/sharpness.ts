import { z } from "zod";
import { adjustSharpness, defineAugmentation } from "../../plugin.ts";
import { anyDepth, augmentation, commonParams, limitParam, rangeOf } from "./_operation.ts";

export default defineAugmentation({
  name: "Sharpness",
  about: "Sharper or softer at random, as Pillow's ImageEnhance.Sharpness",
  nature: "kernel",
  cost: 12,
  params: z.strictObject({
    limit: limitParam.default(0.9).describe(
      "Largest change of the factor: 0.9 gives 0.1 (soft) to 1.9 (sharp)",
    ),
    ...commonParams,
  }),
  create: (params) =>
    augmentation(
      params,
      anyDepth({
        draw: (random) => ({ factor: 1 + random.uniform(...rangeOf(params.limit)) }),
        apply: (pixels, { factor }) => adjustSharpness(pixels, factor),
      }),
    ),
});
