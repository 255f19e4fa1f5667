import { z } from "zod";
import { bitsToHex, defineHash } from "../../plugin.ts";

const params = z.strictObject({
  size: z.union([z.literal(8), z.literal(16)]).default(8).describe(
    "Side of the reduced picture; size x size bits",
  ),
});

export default defineHash({
  name: "ahash",
  about:
    "Average hash: which cells of a small gray picture are brighter than its mean (imagehash.average_hash)",
  params,
  create({ size }) {
    return {
      bits: size * size,
      compute(picture) {
        const cells = picture.resized(size, size);
        let sum = 0;
        for (const cell of cells) sum += cell;
        const mean = sum / cells.length;
        return { hex: bitsToHex(cells.map((cell) => (cell > mean ? 1 : 0))), lowConfidence: false };
      },
    };
  },
});
