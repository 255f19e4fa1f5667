import sharp from "sharp";
import type { Pixels } from "../base/pixels.ts";

/**
 * A PNG of a picture with 1, 3 or 4 channels, as stored: the fourth channel is written as it is, never premultiplied.
 *
 * @throws a RangeError for other numbers of channels
 */
export async function encodePng(pixels: Pixels): Promise<Uint8Array> {
  const { height, width, channels } = pixels;
  if (channels !== 1 && channels !== 3 && channels !== 4) {
    throw new RangeError(`Cannot write a PNG with ${channels} channels: 1, 3 or 4 are possible`);
  }
  const image = sharp(pixels.data, { raw: { height, width, channels } });
  const png = channels === 1 ? image.toColourspace("b-w").png() : image.png();
  return new Uint8Array(await png.toBuffer());
}

/** A JPEG of a picture with 1 or 3 channels. */
export async function encodeJpeg(pixels: Pixels, options: { readonly quality: number }): Promise<Uint8Array> {
  const { height, width, channels } = pixels;
  if (channels !== 1 && channels !== 3) {
    throw new RangeError(`Cannot write a JPEG with ${channels} channels: 1 or 3 are possible`);
  }
  const image = sharp(pixels.data, { raw: { height, width, channels } });
  const space = channels === 1 ? image.toColourspace("b-w") : image;
  return new Uint8Array(await space.jpeg({ quality: options.quality }).toBuffer());
}
