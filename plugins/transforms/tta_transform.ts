import { z } from "zod";
import { type Box, crop } from "../../core/image/crop.ts";
import { normalize } from "../../core/image/normalize.ts";
import { type Orientation, orientFloats } from "../../core/image/orient.ts";
import { resize } from "../../core/image/resize.ts";
import type { Shape } from "../../core/base/pixels.ts";
import { defineTransform } from "../../core/plugin/define.ts";
import { normalizationOf, normalizationParams, sizeParam } from "./_normalization.ts";

/** Upstream's views in upstream's order: four flips, then the four flips of the transposed picture. */
const VIEWS: readonly Orientation[] = [false, true].flatMap((transpose) => {
  const flips: [boolean, boolean][] = transpose
    ? [[false, false], [false, true], [true, false], [true, true]]
    : [[false, false], [true, false], [false, true], [true, true]];
  return flips.map(([mirror, upsideDown]) => ({ transpose, mirror, upsideDown }));
});

/** Where a part lies in the picture: 0 at the top or left, 1 at the bottom or right. */
interface Part {
  /** Side as a share of the picture's. */
  readonly share: number;
  readonly down: number;
  readonly across: number;
}

const WHOLE: Part = { share: 1, down: 0, across: 0 };
const CORNERS = [[0, 0], [0, 1], [1, 0], [1, 1]] as const;

function boxOf({ height, width }: Shape, { share, down, across }: Part): Box {
  const tall = Math.max(1, Math.round(height * share)), wide = Math.max(1, Math.round(width * share));
  const top = Math.round((height - tall) * down), left = Math.round((width - wide) * across);
  return { top, left, height: tall, width: wide };
}

const params = z.strictObject({
  size: sizeParam,
  num_tta: z.literal([1, 4, 8]).default(4).describe(
    "Orientations of each part: 1, 4 (flips) or 8 (with transposition)",
  ),
  zooms: z.array(z.number().min(1)).default([]).describe(
    "Further parts: the middle of the image, enlarged by each of these factors",
  ),
  corners: z.number().min(0).max(0.99).default(0).describe(
    "Further parts: the four corners, each this share of height and width; 0: none",
  ),
  ...normalizationParams,
});

function partsOf({ zooms, corners }: z.output<typeof params>): Part[] {
  const middles = zooms.map((zoom): Part => ({ share: 1 / zoom, down: 0.5, across: 0.5 }));
  const edges = CORNERS.map(([down, across]): Part => ({ share: corners, down, across }));
  return [WHOLE, ...middles, ...corners > 0 ? edges : []];
}

export default defineTransform({
  name: "tta_transform",
  about:
    "Test-time augmentation: orientations of the whole image, and of enlarged parts, from one decoded image",
  params,
  create(given, context) {
    const { size, num_tta: count } = given;
    const normalization = normalizationOf(given, context.channels);
    const parts = partsOf(given), orientations = VIEWS.slice(0, count);
    const length = size * size * context.channels;
    return {
      views: parts.length * count,
      size,
      apply(pixels) {
        const all = new Float32Array(parts.length * count * length);
        for (const [index, part] of parts.entries()) {
          const cut = part === WHOLE ? pixels : crop(pixels, boxOf(pixels, part));
          const data = normalize(resize(cut, size, size), normalization);
          const from = { data, height: size, width: size, channels: context.channels };
          for (const [turn, orientation] of orientations.entries()) {
            const start = (index * count + turn) * length;
            orientFloats(from, orientation, all.subarray(start, start + length));
          }
        }
        return all;
      },
    };
  },
});
