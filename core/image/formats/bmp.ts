import { Transformer } from "@napi-rs/image";
import type { Pixels, Shape } from "../../base/pixels.ts";
import { askDecoder } from "../ask_decoder.ts";

/** Whether the palette of a BMP goes in even steps from black to white, which makes it a gray picture. */
function hasGrayPalette(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const bits = view.getUint16(28, true), start = 14 + view.getUint32(14, true);
  const colours = 2 ** bits;
  if (bits > 8 || start + 4 * colours > bytes.length) return false;
  for (let index = 0; index < colours; index++) {
    const level = Math.round(index * 255 / (colours - 1));
    for (let c = 0; c < 3; c++) if (bytes[start + 4 * index + c] !== level) return false;
  }
  return true;
}

/**
 * The pixels of a BMP, as Pillow opens it: gray with a gray palette, else colour; alpha is left out.
 *
 * @param check throws when the picture is too large; told its shape before any pixel is decoded
 * @throws a data problem when the file is damaged
 */
export async function decodeBmp(bytes: Uint8Array, check: (shape: Shape) => void): Promise<Pixels> {
  const picture = new Transformer(bytes);
  const { width, height } = await askDecoder(() => picture.metadata());
  check({ width, height });
  const stored = await askDecoder(() => picture.rawPixels());
  const step = stored.length / (width * height), channels = hasGrayPalette(bytes) ? 1 : 3;
  const data = new Uint8Array(width * height * channels);
  for (let o = 0, p = 0; o < data.length; o += channels, p += step) {
    for (let c = 0; c < channels; c++) data[o + c] = stored[p + c]!;
  }
  return { data, width, height, channels };
}
