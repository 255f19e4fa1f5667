import { z } from "zod";
import { defineTransform, normalize, resize, UPRIGHT } from "../../plugin.ts";
import { normalizationOf, normalizationParams, sizeParam } from "./_normalization.ts";

export default defineTransform({
  name: "default_transform",
  about: "Resize and normalise; no augmentation",
  params: z.strictObject({ size: sizeParam, ...normalizationParams }),
  create(params, context) {
    const normalization = normalizationOf(params, context.channels);
    return {
      views: 1,
      orientations: [UPRIGHT],
      size: params.size,
      apply: (pixels) => normalize(resize(pixels, params.size, params.size), normalization),
    };
  },
});
