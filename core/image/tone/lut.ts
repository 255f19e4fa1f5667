import { type AnyPixels, type DeepPixels, isDeep, type Pixels } from "../../base/pixels.ts";

/** A picture with every byte looked up in a table of 256. */
export function applyTable(pixels: Pixels, table: Uint8Array): Pixels {
  const { data } = pixels;
  const out = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i++) out[i] = table[data[i]!]!;
  return { ...pixels, data: out };
}

/** A table of 256 bytes from a function that may give any number: clipped to 0 and 255, then truncated. */
export function truncatedTable(value: (level: number) => number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: 256 }, (_, level) => Math.trunc(Math.min(255, Math.max(0, value(level)))));
}

/** A 16-bit picture with every sample taken through a function of levels from 0 to 255: clipped, then rounded. */
export function applyCurve(pixels: DeepPixels, value: (level: number) => number): DeepPixels {
  const table = Uint16Array.from(
    { length: 65536 },
    (_, sample) => Math.round(257 * Math.min(255, Math.max(0, value(sample / 257)))),
  );
  return { ...pixels, data: pixels.data.map((sample) => table[sample]!) };
}

/** The mean of all samples of all channels on the scale 0 to 255, exact. */
export function meanLevel(pixels: AnyPixels): number {
  const { data } = pixels;
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i]!;
  return sum / data.length / (isDeep(pixels) ? 257 : 1);
}
