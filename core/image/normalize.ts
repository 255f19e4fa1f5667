import { type AnyPixels, isDeep, type Pixels } from "../base/pixels.ts";
import { channelScales, type ChannelStatistics, type Normalization } from "./deep/normalization.ts";
import { normalizeDeep } from "./deep/normalize.ts";

/** Counts of the 256 values of each channel: `[channels, 256]` in one array. */
export function histograms(pixels: Pixels): Uint32Array<ArrayBuffer> {
  const { data, channels } = pixels;
  const counts = new Uint32Array(256 * channels);
  for (let c = 0; c < channels; c++) {
    const start = c * 256;
    for (let p = c; p < data.length; p += channels) counts[start + data[p]!]! += 1;
  }
  return counts;
}

/**
 * Mean and standard deviation (of the population) of each channel, exact: they are computed from whole-number sums over
 * the histogram. float32 sums as in NumPy would be off by 0.03 levels at 1024 px.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const pixels = { data: Uint8Array.of(0, 7, 10, 7), height: 1, width: 2, channels: 2 };
 * assertEquals(channelStatistics(pixels), { mean: [5, 7], std: [5, 0] });
 * ```
 */
export function channelStatistics(pixels: Pixels): ChannelStatistics {
  const counts = histograms(pixels);
  const count = pixels.height * pixels.width;
  const mean: number[] = [], std: number[] = [];
  for (let c = 0; c < pixels.channels; c++) {
    let sum = 0, squares = 0;
    for (let value = 0; value < 256; value++) {
      const weight = counts[c * 256 + value]!;
      sum += weight * value;
      squares += weight * value * value;
    }
    const average = sum / count;
    mean.push(average);
    std.push(Math.sqrt(Math.max(0, (squares * count - sum * sum) / (count * count))));
  }
  return { mean, std };
}

function makeTables(pixels: Pixels, normalization: Normalization): Float32Array[] {
  const scales = channelScales(normalization, pixels.channels, () => channelStatistics(pixels));
  return scales.map(({ center, divisor }) =>
    Float32Array.from({ length: 256 }, (_, value) => (value - center) / divisor)
  );
}

/**
 * A picture as network input: `(x - mean) / std`, float32 of `[height, width, channels]`, through one table of 256
 * numbers per channel. Of 16-bit pictures x is the sample / 257, so that the same statistics serve both depths.
 */
export function normalize(pixels: AnyPixels, normalization: Normalization): Float32Array<ArrayBuffer> {
  if (isDeep(pixels)) return normalizeDeep(pixels, normalization);
  const { data, channels } = pixels;
  const tables = makeTables(pixels, normalization);
  const out = new Float32Array(data.length);
  for (let c = 0; c < channels; c++) {
    const table = tables[c]!;
    for (let p = c; p < data.length; p += channels) out[p] = table[data[p]!]!;
  }
  return out;
}
