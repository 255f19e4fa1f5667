import { bmvbhash, bmvbhashEven } from "blockhash-core";
import { z } from "zod";
import { defineHash, type Pixels } from "../../plugin.ts";

const params = z.strictObject({
  size: z.union([z.literal(8), z.literal(16)]).default(16).describe("Blocks each way; size x size bits"),
  method: z.union([z.literal(1), z.literal(2)]).default(2)
    .describe(
      "1: whole blocks, the remainder is dropped; 2: pixels on a border count in both blocks by weight",
    ),
});

/** Converts an image to opaque RGBA, the input of blockhash-core. */
function toRgba({ data, width, height }: Pixels): { width: number; height: number; data: Uint8Array } {
  const words = new Uint32Array(width * height);
  for (let i = 0; i < words.length; i++) words[i] = Math.imul(data[i]!, 0x010101) | 0xff000000;
  return { width, height, data: new Uint8Array(words.buffer) };
}

export default defineHash({
  name: "blockhash",
  about:
    "Block mean value hash: which blocks are brighter than the median of their quarter (npm:blockhash-core, on gray)",
  params,
  create({ size, method }) {
    const hash = method === 1 ? bmvbhashEven : bmvbhash;
    return {
      bits: size * size,
      compute: (picture) => ({ hex: hash(toRgba(picture.pixels), size), lowConfidence: false }),
    };
  },
});
