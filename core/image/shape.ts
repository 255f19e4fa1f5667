import { Transformer } from "@napi-rs/image";
import sharp from "sharp";
import type { Shape } from "../base/pixels.ts";
import { dataProblem } from "../base/problem.ts";
import { askDecoder } from "./ask_decoder.ts";
import { decodeImage } from "./decode.ts";
import { decodeByPlugin, decoderOf, type ImageDecoder } from "./decoders/image_decoder.ts";
import { pictureFormat } from "./formats/file_format.ts";
import { plainPng } from "./formats/plain_png.ts";

function decodedShape(decoder: ImageDecoder, bytes: Uint8Array): Promise<Shape> {
  return decodeByPlugin(decoder, bytes, {
    depth: 8,
    checkShape: () => {},
    decodeInner: (inner) => decodeImage(inner),
  });
}

/**
 * The size of a picture as its header tells it; no pixel is decoded.
 *
 * @param decoders of further formats, looked for before the built-in ones; one that cannot tell decodes the file
 * @param bytes a picture file, or as much of its beginning as holds the header
 * @throws a data problem when the bytes are no picture, or their header is cut off or damaged
 */
export async function pictureShape(
  bytes: Uint8Array,
  decoders: readonly ImageDecoder[] = [],
): Promise<Shape> {
  const decoder = decoderOf(bytes, decoders);
  if (decoder) return decoder.shape ? await decoder.shape(bytes) : await decodedShape(decoder, bytes);
  const format = pictureFormat(bytes);
  if (format === null) throw dataProblem("it is no PNG, JPEG, WebP, TIFF, GIF, AVIF or BMP picture");
  if (format === "bmp") return await askDecoder(() => new Transformer(bytes).metadata());
  const png = format === "png" ? plainPng(bytes) : null;
  if (png) return png;
  return await askDecoder(() => sharp(bytes, { limitInputPixels: false }).metadata());
}
