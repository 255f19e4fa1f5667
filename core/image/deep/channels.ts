import { type AnyPixels, isDeep } from "../../base/pixels.ts";

/**
 * Pillow's `convert("L")` of one pixel: ITU-R 601-2 luma in 16-bit fixed point. 16-bit samples need the sum's 32nd bit too.
 */
function luma(red: number, green: number, blue: number): number {
  return (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >>> 16;
}

/** Colour as Pillow's gray. */
export function toGray(pixels: AnyPixels): AnyPixels {
  const { data, height, width, channels } = pixels;
  const gray = isDeep(pixels) ? new Uint16Array(height * width) : new Uint8Array(height * width);
  for (let i = 0, p = 0; i < gray.length; i++, p += channels) {
    gray[i] = luma(data[p]!, data[p + 1]!, data[p + 2]!);
  }
  return { data: gray, height, width, channels: 1 } as AnyPixels;
}

/** Gray is repeated, alpha dropped. */
export function toColour(pixels: AnyPixels): AnyPixels {
  const { data, height, width, channels } = pixels;
  const length = height * width * 3;
  const colour = isDeep(pixels) ? new Uint16Array(length) : new Uint8Array(length);
  const [second, third] = channels === 1 ? [0, 0] : [1, 2];
  for (let i = 0, p = 0; i < colour.length; i += 3, p += channels) {
    colour[i] = data[p]!;
    colour[i + 1] = data[p + second]!;
    colour[i + 2] = data[p + third]!;
  }
  return { data: colour, height, width, channels: 3 } as AnyPixels;
}
