/** What a file is, beside its pixels, that its owner may want to know. */
export type FileTrait = "16-bit" | "cmyk" | "animated" | "rotated" | "mislabelled";

/** What each trait means for the hashes, for reports. */
export const TRAIT_NOTES: Readonly<Record<FileTrait, string>> = {
  "16-bit": "16 bits a channel: hashed by the high byte",
  cmyk: "CMYK: converted to RGB",
  animated: "animated: the first frame is hashed",
  rotated: "turned by its EXIF orientation: hashed as stored, not turned",
  mislabelled: "the extension names another format than the content",
};

const EXTENSIONS: Readonly<Record<string, string>> = {
  png: "png",
  jpg: "jpeg",
  jpeg: "jpeg",
  webp: "webp",
  gif: "gif",
  tif: "tiff",
  tiff: "tiff",
};

function ascii(bytes: Uint8Array, start: number, end: number): string {
  return String.fromCharCode(...bytes.subarray(start, end));
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The format by its first bytes, or null. */
export function sniffFormat(bytes: Uint8Array): string | null {
  const head = ascii(bytes, 0, 12);
  if (head.startsWith("\x89PNG\r\n\x1a\n")) return "png";
  if (head.startsWith("\xff\xd8\xff")) return "jpeg";
  if (head.startsWith("GIF8")) return "gif";
  if (head.startsWith("II*\0") || head.startsWith("MM\0*")) return "tiff";
  return head.startsWith("RIFF") && head.endsWith("WEBP") ? "webp" : null;
}

function pngTraits(bytes: Uint8Array): FileTrait[] {
  const view = viewOf(bytes), traits: FileTrait[] = [];
  if (bytes[24] === 16) traits.push("16-bit");
  for (let at = 8; at + 8 <= bytes.length; at += 12 + view.getUint32(at)) {
    const name = ascii(bytes, at + 4, at + 8);
    if (name === "acTL") traits.push("animated");
    if (name === "IDAT") break;
  }
  return traits;
}

/** Value of a tag of the first directory of a TIFF file (or EXIF block); null when it is not there. */
function tiffTag(bytes: Uint8Array, wanted: number): number | null {
  if (bytes.length < 8) return null;
  const view = viewOf(bytes), little = bytes[0] === 0x49;
  const start = view.getUint32(4, little);
  if (start + 2 > bytes.length) return null;
  const count = view.getUint16(start, little);
  for (let at = start + 2; at < start + 2 + 12 * count && at + 12 <= bytes.length; at += 12) {
    if (view.getUint16(at, little) !== wanted) continue;
    const short = view.getUint16(at + 2, little) === 3;
    if (!short) return view.getUint32(at + 8, little);
    if (view.getUint32(at + 4, little) <= 2) return view.getUint16(at + 8, little);
    const elsewhere = view.getUint32(at + 8, little);
    return elsewhere + 2 <= bytes.length ? view.getUint16(elsewhere, little) : null;
  }
  return null;
}

const ORIENTATION = 0x112, BITS_PER_SAMPLE = 0x102, PHOTOMETRIC = 0x106, SEPARATED = 5;

function isRotated(tiff: Uint8Array): boolean {
  return (tiffTag(tiff, ORIENTATION) ?? 1) > 1;
}

function tiffTraits(bytes: Uint8Array): FileTrait[] {
  const traits: FileTrait[] = [];
  if (tiffTag(bytes, BITS_PER_SAMPLE) === 16) traits.push("16-bit");
  if (tiffTag(bytes, PHOTOMETRIC) === SEPARATED) traits.push("cmyk");
  if (isRotated(bytes)) traits.push("rotated");
  return traits;
}

function jpegTraits(bytes: Uint8Array): FileTrait[] {
  const view = viewOf(bytes), traits: FileTrait[] = [];
  for (let at = 2; at + 10 < bytes.length && bytes[at] === 0xff; at += 2 + view.getUint16(at + 2)) {
    const marker = bytes[at + 1]!;
    if (marker === 0xda) break;
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrame && bytes[at + 9] === 4) traits.push("cmyk");
    if (marker === 0xe1 && ascii(bytes, at + 4, at + 10) === "Exif\0\0") {
      if (isRotated(bytes.subarray(at + 10, at + 2 + view.getUint16(at + 2)))) traits.push("rotated");
    }
  }
  return traits;
}

/** Skips the sub-blocks of a GIF from their first length byte on. */
function afterBlocks(bytes: Uint8Array, at: number): number {
  while (at < bytes.length && bytes[at] !== 0) at += 1 + bytes[at]!;
  return at + 1;
}

function colourTable(flags: number): number {
  return flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0;
}

function gifTraits(bytes: Uint8Array): FileTrait[] {
  let frames = 0;
  for (let at = 13 + colourTable(bytes[10] ?? 0); at < bytes.length && frames < 2;) {
    if (bytes[at] === 0x21) at = afterBlocks(bytes, at + 2);
    else if (bytes[at] === 0x2c) {
      frames++;
      at = afterBlocks(bytes, at + 11 + colourTable(bytes[at + 9] ?? 0));
    } else break;
  }
  return frames > 1 ? ["animated"] : [];
}

function webpTraits(bytes: Uint8Array): FileTrait[] {
  return ascii(bytes, 12, 16) === "VP8X" && ((bytes[20] ?? 0) & 2) !== 0 ? ["animated"] : [];
}

/**
 * What the header of a picture file says that its pixels do not.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const gif = new TextEncoder().encode("GIF89a");
 * assertEquals(fileTraits("a/b.png", gif), ["mislabelled"]);
 * ```
 */
export function fileTraits(path: string, bytes: Uint8Array): FileTrait[] {
  const format = sniffFormat(bytes);
  if (format === null) return [];
  const readers = { png: pngTraits, jpeg: jpegTraits, gif: gifTraits, tiff: tiffTraits, webp: webpTraits };
  const traits = readers[format as keyof typeof readers](bytes);
  const extension = path.slice(path.lastIndexOf(".") + 1).toLowerCase();
  if ((EXTENSIONS[extension] ?? format) !== format) traits.push("mislabelled");
  return traits;
}
