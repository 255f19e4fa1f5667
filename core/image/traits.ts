import sharp from "sharp";
import { isDataProblem } from "../base/problem.ts";
import { askDecoder } from "./ask_decoder.ts";
import { pictureFormat } from "./formats/file_format.ts";
import { hasPngChunk, plainPng, PNG_CHUNKS } from "./formats/plain_png.ts";

/** What a picture file is, beside its pixels, that its owner may want to know. */
export type PictureTrait = "16-bit" | "cmyk" | "animated" | "rotated";

/** Formats of several frames that follow each other in time; the pages of a TIFF do not. */
const ANIMATED = ["gif", "webp"];

async function askSharp(bytes: Uint8Array): Promise<PictureTrait[]> {
  const image = sharp(bytes, { limitInputPixels: false });
  const { depth, format, orientation = 1, pages = 1, space } = await askDecoder(() => image.metadata());
  const traits: PictureTrait[] = [];
  if (depth === "ushort" && (format === "png" || format === "tiff")) traits.push("16-bit");
  if (space === "cmyk") traits.push("cmyk");
  if (pages > 1 && ANIMATED.includes(format)) traits.push("animated");
  if (orientation > 1) traits.push("rotated");
  return traits;
}

/**
 * What the header of a picture file says that its pixels do not. A file that is no picture, or a damaged one, has no traits.
 * Plain PNG files, which most competitions have, cost nothing: only their chunks are looked over.
 */
export async function pictureTraits(bytes: Uint8Array): Promise<PictureTrait[]> {
  const format = pictureFormat(bytes);
  if (format === null) return [];
  const has = (chunk: number) => format === "png" && hasPngChunk(bytes, chunk);
  const animated: PictureTrait[] = has(PNG_CHUNKS.animation) ? ["animated"] : [];
  if (format === "png" && plainPng(bytes) && !has(PNG_CHUNKS.exif)) return animated;
  try {
    return [...await askSharp(bytes), ...animated];
  } catch (error) {
    if (isDataProblem(error)) return [];
    throw error;
  }
}
