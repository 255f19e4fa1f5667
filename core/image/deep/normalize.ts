import type { DeepPixels } from "../../base/pixels.ts";
import { channelScales, type ChannelStatistics, type Normalization } from "./normalization.ts";

/** Steps of a 16-bit sample in one level of the scale 0 to 255. */
const STEPS = 257;

function channelMean({ data, channels }: DeepPixels, channel: number): number {
  let sum = 0;
  for (let p = channel; p < data.length; p += channels) sum += data[p]!;
  return sum / (data.length / channels);
}

/** The standard deviation of the population, from differences to the mean, which lose no digits. */
function channelDeviation({ data, channels }: DeepPixels, channel: number, mean: number): number {
  let sum = 0;
  for (let p = channel; p < data.length; p += channels) sum += (data[p]! - mean) ** 2;
  return Math.sqrt(sum / (data.length / channels));
}

function statisticsOf(pixels: DeepPixels): ChannelStatistics {
  const means = Array.from({ length: pixels.channels }, (_, c) => channelMean(pixels, c));
  const deviations = means.map((mean, c) => channelDeviation(pixels, c, mean));
  return { mean: means.map((value) => value / STEPS), std: deviations.map((value) => value / STEPS) };
}

/** A 16-bit picture as network input: `(sample / 257 - mean) / std` in float64, then rounded to float32. */
export function normalizeDeep(pixels: DeepPixels, normalization: Normalization): Float32Array<ArrayBuffer> {
  const { data, channels } = pixels;
  const scales = channelScales(normalization, channels, () => statisticsOf(pixels));
  const out = new Float32Array(data.length);
  for (const [c, { center, divisor }] of scales.entries()) {
    for (let p = c; p < data.length; p += channels) out[p] = (data[p]! / STEPS - center) / divisor;
  }
  return out;
}
