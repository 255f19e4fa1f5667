import { Transformer } from "@napi-rs/image";
import type { Pixels, Shape } from "../../base/pixels.ts";
import { askDecoder } from "../ask_decoder.ts";

/** Channels of the PNG colour types that are read here: gray, colour, colour with alpha. */
const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 6: 4 };

/** Largest picture read here, in bytes of pixels; the decoder refuses twice as much. */
const LARGEST = 2 ** 28;

/** What a PNG says of its pixels. */
export interface PlainPng extends Shape {
  readonly channels: number;
}

/** Chunks that a PNG may have before its pixels, by their names as numbers. */
export const PNG_CHUNKS = { transparentColour: 0x74524e53, animation: 0x6163544c, exif: 0x65584966 } as const;

const PIXELS = 0x49444154;

/** Whether a PNG has a chunk of this name before its pixels. */
export function hasPngChunk(bytes: Uint8Array, name: number): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 8; at + 12 <= view.byteLength; at += 12 + view.getUint32(at)) {
    const found = view.getUint32(at + 4);
    if (found === name) return true;
    if (found === PIXELS) return false;
  }
  return false;
}

/**
 * The shape of a PNG of the plain kind: 8 bits, gray, colour or colour with alpha, neither interlaced nor with a
 * transparent colour, of at most 256 MiB. Null for others.
 *
 * @param bytes a file that starts as a PNG does
 */
export function plainPng(bytes: Uint8Array): PlainPng | null {
  if (bytes.length < 33) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const width = view.getUint32(16), height = view.getUint32(20);
  const channels = CHANNELS[view.getUint8(25)];
  if (view.getUint8(24) !== 8 || channels === undefined || view.getUint8(28) !== 0) return null;
  if (width * height * channels > LARGEST || hasPngChunk(bytes, PNG_CHUNKS.transparentColour)) return null;
  return { height, width, channels };
}

/**
 * The pixels of a PNG of the plain kind, as stored: the same bytes as sharp's, for less than half of the processor time.
 *
 * @param blocking decode in this thread, which costs least; otherwise in another one
 * @throws a data problem when the file is damaged
 */
export async function decodePlainPng(bytes: Uint8Array, png: PlainPng, blocking: boolean): Promise<Pixels> {
  const picture = new Transformer(bytes);
  const data = await askDecoder(() => blocking ? picture.rawPixelsSync() : picture.rawPixels());
  return { ...png, data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
}
