import { crc32, deflateSync } from "node:zlib";
import sharp, { type Sharp } from "sharp";
import { Random } from "../../../core/base/random.ts";

/** A picture of noise, which compresses badly, as raw pixels. */
export function noise(width: number, height: number, channels: 1 | 2 | 3 | 4 = 3): Sharp {
  const random = new Random(width, height, channels);
  const words = Uint32Array.from({ length: Math.ceil(width * height * channels / 4) }, () => random.word());
  const pixels = new Uint8Array(words.buffer, 0, width * height * channels);
  return sharp(pixels, { raw: { width, height, channels } });
}

/** The file that sharp makes of a picture. */
export async function bytesOf(image: Sharp): Promise<Uint8Array> {
  return new Uint8Array(await image.toBuffer());
}

/** A BMP file; of 8 bits it is gray. */
export function bmp(width: number, height: number, bits: 8 | 24 | 32): Uint8Array {
  const colours = bits === 8 ? 256 : 0, start = 54 + 4 * colours;
  const row = Math.ceil(width * bits / 32) * 4;
  const bytes = new Uint8Array(start + row * height), view = new DataView(bytes.buffer);
  bytes.set([0x42, 0x4d]);
  view.setUint32(2, bytes.length, true);
  view.setUint32(10, start, true);
  view.setUint32(14, 40, true);
  view.setInt32(18, width, true);
  view.setInt32(22, height, true);
  view.setUint16(26, 1, true);
  view.setUint16(28, bits, true);
  for (let i = 0; i < colours; i++) bytes.fill(i, 54 + 4 * i, 57 + 4 * i);
  for (let i = start; i < bytes.length; i++) bytes[i] = (i * i) >> 3;
  return bytes;
}

/** The first bytes of every PNG. */
export const PNG_START = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** Bytes one after the other. */
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** A chunk of a PNG, with its checksum. */
export function chunk(name: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + data.length), view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(new TextEncoder().encode(name), 4);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}

/** What the header of a drawn PNG says, and what is in it. */
export interface DrawnPng {
  readonly width: number;
  readonly height: number;
  readonly depth?: number;
  readonly colour?: number;
  readonly interlace?: number;
  /** Chunks before the pixels. */
  readonly before?: readonly Uint8Array[];
  /** Bytes that the pixels unpack to, whatever the header says. */
  readonly unpacked: number;
}

/** A PNG by its parts, with right checksums, so that a decoder gets beyond them. */
export function drawPng(
  { width, height, depth = 8, colour = 0, interlace = 0, before = [], unpacked }: DrawnPng,
): Uint8Array {
  const header = new Uint8Array(13), view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([depth, colour, 0, 0, interlace], 8);
  const pixels = deflateSync(new Uint8Array(unpacked));
  return concat([
    PNG_START,
    chunk("IHDR", header),
    ...before,
    chunk("IDAT", pixels),
    chunk("IEND", new Uint8Array()),
  ]);
}
