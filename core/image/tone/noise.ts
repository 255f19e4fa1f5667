import { MersenneTwister } from "../../base/mersenne_twister.ts";
import { type AnyPixels, isDeep } from "../../base/pixels.ts";

interface NoiseOptions {
  readonly deviation: number;
  readonly seed: number;
}

const QUANTILES = 65536;
let normalQuantiles: Float32Array | undefined;

/** The middle of each of 65536 equally likely ranges of the standard normal, by adding its density up. */
function quantiles(): Float32Array {
  if (normalQuantiles) return normalQuantiles;
  const step = 1 / 4096, limit = 6;
  const table = new Float32Array(QUANTILES);
  let sum = 0;
  for (let z = -limit + step / 2, i = 0; z < limit && i < QUANTILES; z += step) {
    sum += Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI) * step;
    while (i < QUANTILES && (i + 0.5) / QUANTILES <= sum) table[i++] = z;
  }
  normalQuantiles = table;
  return table;
}

/** Writes samples with noise of a deviation in their own unit. */
function writeNoisy(
  data: ArrayLike<number>,
  out: Uint8ClampedArray | Float64Array,
  { deviation, seed }: NoiseOptions,
): void {
  const random = new MersenneTwister(seed), table = quantiles();
  for (let i = 0; i < out.length; i += 2) {
    const word = random.word();
    out[i] = data[i]! + table[word & 0xffff]! * deviation;
    if (i + 1 < out.length) out[i + 1] = data[i + 1]! + table[word >>> 16]! * deviation;
  }
}

/** A picture with normal noise, whose deviation is in levels of 255, added to every sample, rounded and clipped. */
export function addNoise<Picture extends AnyPixels>(pixels: Picture, options: NoiseOptions): Picture;
export function addNoise(pixels: AnyPixels, options: NoiseOptions): AnyPixels {
  const { length } = pixels.data;
  if (isDeep(pixels)) {
    const noisy = new Float64Array(length);
    writeNoisy(pixels.data, noisy, { ...options, deviation: 257 * options.deviation });
    return {
      ...pixels,
      data: Uint16Array.from(noisy, (value) => Math.round(Math.min(65535, Math.max(0, value)))),
    };
  }
  const out = new Uint8ClampedArray(length);
  writeNoisy(pixels.data, out, options);
  return { ...pixels, data: new Uint8Array(out.buffer) };
}
