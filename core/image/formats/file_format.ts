/** Formats of pictures that are read. */
export type PictureFormat = "png" | "jpeg" | "webp" | "tiff" | "gif" | "avif" | "bmp";

function startsWith(bytes: Uint8Array, expected: readonly number[], offset = 0): boolean {
  return expected.every((byte, index) => bytes[offset + index] === byte);
}

function ascii(text: string): number[] {
  return [...text].map((letter) => letter.charCodeAt(0));
}

const SIGNATURES: readonly (readonly [PictureFormat, (bytes: Uint8Array) => boolean])[] = [
  ["png", (bytes) => startsWith(bytes, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])],
  ["jpeg", (bytes) => startsWith(bytes, [0xff, 0xd8, 0xff])],
  ["webp", (bytes) => startsWith(bytes, ascii("RIFF")) && startsWith(bytes, ascii("WEBP"), 8)],
  ["tiff", (bytes) => startsWith(bytes, [0x49, 0x49, 42, 0]) || startsWith(bytes, [0x4d, 0x4d, 0, 42])],
  ["gif", (bytes) => startsWith(bytes, ascii("GIF87a")) || startsWith(bytes, ascii("GIF89a"))],
  ["bmp", (bytes) => startsWith(bytes, ascii("BM")) && startsWith(bytes, [0, 0, 0, 0], 6)],
  ["avif", (bytes) => startsWith(bytes, ascii("ftypavif"), 4) || startsWith(bytes, ascii("ftypmif1"), 4)],
];

/**
 * The format of a picture by its first bytes, null when it is none of those that are read. The name of a file says
 * nothing: what is labelled .png may be text, or a format whose decoder opens further files.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(pictureFormat(Uint8Array.of(0xff, 0xd8, 0xff, 0xe0)), "jpeg");
 * assertEquals(pictureFormat(new TextEncoder().encode("<svg/>")), null);
 * ```
 */
export function pictureFormat(bytes: Uint8Array): PictureFormat | null {
  return SIGNATURES.find(([, matches]) => matches(bytes))?.[0] ?? null;
}
