import { MersenneTwister } from "../../base/mersenne_twister.ts";
import type { Pixels } from "../../base/pixels.ts";

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

/** A picture with normal noise added to every byte, rounded and clipped. */
export function addNoise(
  pixels: Pixels,
  options: { readonly deviation: number; readonly seed: number },
): Pixels {
  const random = new MersenneTwister(options.seed);
  const table = quantiles();
  const out = new Uint8ClampedArray(pixels.data.length);
  for (let i = 0; i < out.length; i += 2) {
    const word = random.word();
    out[i] = pixels.data[i]! + table[word & 0xffff]! * options.deviation;
    if (i + 1 < out.length) out[i + 1] = pixels.data[i + 1]! + table[word >>> 16]! * options.deviation;
  }
  return { ...pixels, data: new Uint8Array(out.buffer) };
}
