import { type AnyPixels, type DeepPixels, isDeep, type Pixels } from "../../base/pixels.ts";

/**
 * An 8-bit picture with 16 bits a sample: 257 for each level, so that 0 and 255 become 0 and 65535.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const { data } = deepened({ data: Uint8Array.of(0, 1, 255), height: 1, width: 3, channels: 1 });
 * assertEquals([...data], [0, 257, 65535]);
 * ```
 */
export function deepened(pixels: Pixels): DeepPixels {
  const data = new Uint16Array(pixels.data.length);
  for (let i = 0; i < data.length; i++) data[i] = 257 * pixels.data[i]!;
  return { ...pixels, data };
}

/** A picture as screens show it: 16-bit samples keep their high byte. */
export function asBytes(pixels: AnyPixels): Pixels {
  if (!isDeep(pixels)) return pixels;
  const data = new Uint8Array(pixels.data.length);
  for (let i = 0; i < data.length; i++) data[i] = pixels.data[i]! >> 8;
  return { ...pixels, data };
}
