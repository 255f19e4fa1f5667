import type { Pixels } from "../base/pixels.ts";

/** Mean and standard deviation of each channel, on the scale 0 to 255. */
export interface ChannelStatistics {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** Upstream's fixed normalisation, (x - 127.5) / 255: values from -0.5 to 0.5. */
export const FIXED_MEAN = 127.5;
/** The divisor that goes with `FIXED_MEAN`. */
export const FIXED_STD = 255;

/** What upstream adds to a picture's own standard deviation, so that flat channels give zeros. */
const STD_GUARD = 1e-7;

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

/** How pixels become numbers for the network. */
export interface Normalization {
  /** Each picture by its own channel means and deviations instead of fixed ones. */
  readonly perImage: boolean;
  /** Fixed statistics on the scale 0 to 255; upstream's 127.5 and 255 when absent. */
  readonly statistics?: ChannelStatistics | undefined;
}

function makeTables(pixels: Pixels, normalization: Normalization): Float32Array[] {
  const guard = normalization.perImage ? STD_GUARD : 0;
  const fixed = normalization.statistics;
  const { mean, std } = normalization.perImage ? channelStatistics(pixels) : fixed ?? { mean: [], std: [] };
  return Array.from({ length: pixels.channels }, (_, c) => {
    const center = mean[c] ?? FIXED_MEAN, divisor = (std[c] ?? FIXED_STD) + guard;
    return Float32Array.from({ length: 256 }, (_, value) => (value - center) / divisor);
  });
}

/**
 * A picture as network input: `(x - mean) / std`, float32 of `[height, width, channels]`, through one table of 256
 * numbers per channel.
 */
export function normalize(pixels: Pixels, normalization: Normalization): Float32Array<ArrayBuffer> {
  const { data, channels } = pixels;
  const tables = makeTables(pixels, normalization);
  const out = new Float32Array(data.length);
  for (let c = 0; c < channels; c++) {
    const table = tables[c]!;
    for (let p = c; p < data.length; p += channels) out[p] = table[data[p]!]!;
  }
  return out;
}
