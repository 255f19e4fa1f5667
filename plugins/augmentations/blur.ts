import { z } from "zod";
import { boxBlur, defineAugmentation } from "../../plugin.ts";
import { blurLimitParam, drawKernelSize } from "./_kernel_size.ts";
import { anyDepth, augmentation, commonParams, SEARCHED_P } from "./_operation.ts";

export default defineAugmentation({
  name: "Blur",
  about: "Mean of a square neighbourhood of random side",
  nature: "kernel",
  cost: 7,
  space: { blur_limit: [3, 5], p: SEARCHED_P },
  params: z.strictObject({ blur_limit: blurLimitParam, ...commonParams }),
  create: (params) =>
    augmentation(
      params,
      anyDepth({
        draw: (random) => ({ size: drawKernelSize(random, params.blur_limit) }),
        apply: (pixels, { size }) => boxBlur(pixels, size),
      }),
    ),
});
