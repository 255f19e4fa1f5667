import { z } from "zod";
import { bitsToHex, defineHash } from "../../plugin.ts";

const params = z.strictObject({
  size: z.union([z.literal(8), z.literal(16)]).default(8).describe(
    "Rows of the reduced picture; size x size bits",
  ),
});

export default defineHash({
  name: "dhash",
  about:
    "Difference hash: which cells of a small gray picture are brighter than their left neighbour (imagehash.dhash)",
  params,
  create({ size }) {
    return {
      bits: size * size,
      compute(picture) {
        const cells = picture.resized(size + 1, size);
        const bits = new Uint8Array(size * size);
        for (let i = 0; i < bits.length; i++) {
          const at = Math.floor(i / size) * (size + 1) + (i % size);
          bits[i] = cells[at + 1]! > cells[at]! ? 1 : 0;
        }
        return { hex: bitsToHex(bits), lowConfidence: false };
      },
    };
  },
});
