import type { Pixels } from "../../base/pixels.ts";

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

/** The mean of all bytes of all channels, exact. */
export function meanLevel({ data }: Pixels): number {
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i]!;
  return sum / data.length;
}
