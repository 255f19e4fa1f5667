import { type AnyPixels, isDeep, type Shape } from "../base/pixels.ts";

/** A rectangle of a picture, in pixels. */
export interface Box extends Shape {
  readonly top: number;
  readonly left: number;
}

/** A part of a picture. */
export function crop<Picture extends AnyPixels>(pixels: Picture, box: Box): Picture;
export function crop(pixels: AnyPixels, box: Box): AnyPixels {
  const { width, channels } = pixels;
  const length = box.width * channels;
  const data = isDeep(pixels) ? new Uint16Array(box.height * length) : new Uint8Array(box.height * length);
  for (let y = 0; y < box.height; y++) {
    const start = ((box.top + y) * width + box.left) * channels;
    data.set(pixels.data.subarray(start, start + length), y * length);
  }
  return { data, height: box.height, width: box.width, channels } as AnyPixels;
}

/** A picture with a rectangle set to one level of 0 to 255, in place. */
export function fillBox(pixels: AnyPixels, box: Box, level: number): void {
  const { data, width, channels } = pixels, value = isDeep(pixels) ? 257 * level : level;
  for (let y = box.top; y < box.top + box.height; y++) {
    const start = (y * width + box.left) * channels;
    data.fill(value, start, start + box.width * channels);
  }
}
