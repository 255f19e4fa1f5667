import type { Pixels, Shape } from "../base/pixels.ts";

/** A rectangle of a picture, in pixels. */
export interface Box extends Shape {
  readonly top: number;
  readonly left: number;
}

/** A part of a picture. */
export function crop(pixels: Pixels, box: Box): Pixels {
  const { width, channels } = pixels;
  const length = box.width * channels;
  const data = new Uint8Array(box.height * length);
  for (let y = 0; y < box.height; y++) {
    const start = ((box.top + y) * width + box.left) * channels;
    data.set(pixels.data.subarray(start, start + length), y * length);
  }
  return { data, height: box.height, width: box.width, channels };
}

/** A picture with a rectangle set to one level, in place. */
export function fillBox(pixels: Pixels, box: Box, level: number): void {
  const { data, width, channels } = pixels;
  for (let y = box.top; y < box.top + box.height; y++) {
    const start = (y * width + box.left) * channels;
    data.fill(level, start, start + box.width * channels);
  }
}
