import { z } from "zod";
import {
  defineAugmentation,
  elasticAffine,
  elasticTransform,
  fieldIsInvisible,
  warpMap,
} from "../../plugin.ts";
import { anyDepth, augmentation, commonParams, SEARCHED_P } from "./_operation.ts";

export default defineAugmentation({
  name: "ElasticTransform",
  about: "Random affine map of three points, then a smooth random displacement of every pixel",
  nature: "map",
  cost: 40,
  space: { alpha: 1, sigma: [30, 70], alpha_affine: [30, 70], p: SEARCHED_P },
  params: z.strictObject({
    alpha: z.number().min(0).default(1).describe("Strength of the displacement, in pixels before smoothing"),
    sigma: z.number().min(0).default(50).describe("Smoothness of the displacement in pixels"),
    alpha_affine: z.number().min(0).default(50).describe("Largest move of the affine map's points in pixels"),
    ...commonParams,
  }),
  create(params) {
    const options = { alpha: params.alpha, sigma: params.sigma, alphaAffine: params.alpha_affine };
    return augmentation(
      params,
      anyDepth({
        draw: (random) => ({ seed: random.integer(0, 10000) }),
        apply: (pixels, { seed }) => elasticTransform(pixels, { ...options, seed }),
        // Upstream's displacement fields move pixels by hundredths of a pixel, so only the affine part is visible.
        map: (shape, { seed }) =>
          fieldIsInvisible(options) ? warpMap(shape, elasticAffine(shape, { ...options, seed })) : null,
      }),
    );
  },
});
