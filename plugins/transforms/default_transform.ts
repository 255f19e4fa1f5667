import { z } from "zod";
import { type AnyPixels, defineTransform, normalize, resize, UPRIGHT } from "../../plugin.ts";
import { normalizationOf, normalizationParams, sizeParam } from "./_normalization.ts";

export default defineTransform({
  name: "default_transform",
  about: "Resize and normalise; no augmentation",
  params: z.strictObject({ size: sizeParam, ...normalizationParams }),
  create(params, context) {
    const normalization = normalizationOf(params, context.channels);
    const { size } = params;
    const apply = (pixels: AnyPixels) => normalize(resize(pixels, size, size), normalization);
    return { views: 1, orientations: [UPRIGHT], size, apply, applyDeep: apply };
  },
});
