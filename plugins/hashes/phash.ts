import { z } from "zod";
import { bitsToHex, defineHash, lowFrequencies } from "../../plugin.ts";

const params = z.strictObject({
  size: z.union([z.literal(8), z.literal(16)]).default(8).describe(
    "Frequencies kept each way; size x size bits",
  ),
});

/** imagehash's highfreq_factor: the image side is this many times the number of kept frequencies. */
const FACTOR = 4;

function median(values: Float64Array): number {
  const sorted = values.slice().sort();
  return (sorted[sorted.length / 2 - 1]! + sorted[sorted.length / 2]!) / 2;
}

function isNear(coefficient: number, middle: number): boolean {
  return Math.abs(coefficient - middle) <= 1e-9 * Math.abs(middle) && middle !== 0;
}

export default defineHash({
  name: "phash",
  about:
    "Perceptual hash: which low frequencies of the cosine transform lie above their median (imagehash.phash)",
  params,
  create({ size }) {
    return {
      bits: size * size,
      compute(picture) {
        const side = size * FACTOR;
        const coefficients = lowFrequencies(picture.resized(side, side), { side, keep: size });
        const middle = median(coefficients);
        const bits = Uint8Array.from(coefficients, (coefficient) => (coefficient > middle ? 1 : 0));
        return { hex: bitsToHex(bits), lowConfidence: coefficients.some((value) => isNear(value, middle)) };
      },
    };
  },
});
