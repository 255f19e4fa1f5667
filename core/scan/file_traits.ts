import { type PictureFormat, pictureFormat } from "../image/formats/file_format.ts";
import { type PictureTrait, pictureTraits } from "../image/traits.ts";

/** What a file is, beside its pixels, that its owner may want to know. */
export type FileTrait = PictureTrait | "mislabelled";

/** What each trait means for the hashes, for reports. */
export const TRAIT_NOTES: Readonly<Record<FileTrait, string>> = {
  "16-bit": "16 bits a channel: hashed by the high byte",
  cmyk: "CMYK: converted to RGB",
  animated: "animated: the first frame is hashed",
  rotated: "turned by its EXIF orientation: hashed as stored, not turned",
  mislabelled: "the extension names another format than the content",
};

const EXTENSIONS: Readonly<Record<string, PictureFormat>> = {
  png: "png",
  jpg: "jpeg",
  jpeg: "jpeg",
  webp: "webp",
  gif: "gif",
  tif: "tiff",
  tiff: "tiff",
  avif: "avif",
};

/**
 * What the header of a picture file says that its pixels do not.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const gif = new TextEncoder().encode("GIF89a");
 * assertEquals(await fileTraits("a/b.png", gif), ["mislabelled"]);
 * ```
 */
export async function fileTraits(path: string, bytes: Uint8Array): Promise<FileTrait[]> {
  const format = pictureFormat(bytes);
  const extension = path.slice(path.lastIndexOf(".") + 1).toLowerCase();
  const named = EXTENSIONS[extension] ?? format;
  const traits: FileTrait[] = await pictureTraits(bytes);
  return format !== null && named !== format ? [...traits, "mislabelled"] : traits;
}
