import type { GrayPicture } from "../plugin/contracts.ts";
import type { Pixels } from "../base/pixels.ts";
import { resizeLanczos } from "./lanczos.ts";

/** Wraps a grayscale image with a cache of its resized versions, shared by several hashes. */
export function grayPicture(pixels: Pixels): GrayPicture {
  const made = new Map<string, Uint8Array>();
  return {
    pixels,
    resized(width, height) {
      const key = `${width}x${height}`;
      let data = made.get(key);
      if (!data) made.set(key, data = resizeLanczos(pixels, { width, height }));
      return data;
    },
  };
}

/** Minimum range of gray levels in a 32 x 32 reduction for an image to count as not blank. */
const LEAST_RANGE = 4;
/** Minimum variance in the reduction. */
const LEAST_VARIANCE = 0.5;

/** Brightness statistics of an image reduced to 32 x 32. */
export interface Brightness {
  readonly mean: number;
  readonly range: number;
  readonly variance: number;
}

/** Computes brightness statistics on a 32 x 32 reduction. */
export function measureBrightness(picture: GrayPicture): Brightness {
  const cells = picture.resized(32, 32);
  let low = 255, high = 0, sum = 0, squares = 0;
  for (const cell of cells) {
    low = Math.min(low, cell);
    high = Math.max(high, cell);
    sum += cell;
    squares += cell * cell;
  }
  const mean = sum / cells.length;
  return { mean, range: high - low, variance: squares / cells.length - mean * mean };
}

/**
 * Whether an image is (almost) blank. Hashes of blank images depend on noise and must not be used to match images.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(isFlat({ mean: 9, range: 0, variance: 0 }), true);
 * assertEquals(isFlat({ mean: 9, range: 90, variance: 300 }), false);
 * ```
 */
export function isFlat(brightness: Brightness): boolean {
  return brightness.range < LEAST_RANGE || brightness.variance < LEAST_VARIANCE;
}
