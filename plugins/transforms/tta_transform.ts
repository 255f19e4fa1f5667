import { z } from "zod";
import { normalize } from "../../core/image/normalize.ts";
import { type Orientation, orientFloats } from "../../core/image/orient.ts";
import { resize } from "../../core/image/resize.ts";
import { defineTransform } from "../../core/plugin/define.ts";
import { normalizationOf, normalizationParams, sizeParam } from "./_normalization.ts";

/** Upstream's views in upstream's order: four flips, then the four flips of the transposed picture. */
const VIEWS: readonly Orientation[] = [false, true].flatMap((transpose) => {
  const flips: [boolean, boolean][] = transpose
    ? [[false, false], [false, true], [true, false], [true, true]]
    : [[false, false], [true, false], [false, true], [true, true]];
  return flips.map(([mirror, upsideDown]) => ({ transpose, mirror, upsideDown }));
});

export default defineTransform({
  name: "tta_transform",
  about: "Test-time augmentation: 1, 4 (flips) or 8 (flips and transposition) views of one decoded image",
  params: z.strictObject({
    size: sizeParam,
    num_tta: z.literal([1, 4, 8]).default(4).describe("Views of each image: 1, 4 or 8"),
    ...normalizationParams,
    policies: z.unknown().default(null).describe("Taken and ignored, so that a training config serves"),
    base: z.unknown().default(null).describe("Taken and ignored, so that a training config serves"),
  }),
  create(params, context) {
    const { size, num_tta: views } = params;
    const normalization = normalizationOf(params, context.channels);
    return {
      views,
      size,
      apply(pixels) {
        const one = normalize(resize(pixels, size, size), normalization);
        if (views === 1) return one;
        const from = { data: one, height: size, width: size, channels: context.channels };
        const all = new Float32Array(views * one.length);
        for (const [view, orientation] of VIEWS.slice(0, views).entries()) {
          orientFloats(from, orientation, all.subarray(view * one.length, (view + 1) * one.length));
        }
        return all;
      },
    };
  },
});
