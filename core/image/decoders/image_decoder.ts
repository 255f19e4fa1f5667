import type { AnyPixels, Depth, Pixels, Shape } from "../../base/pixels.ts";
import { dataProblem } from "../../base/problem.ts";

/** What a decoder is given beside the bytes of a file. */
export interface DecoderRequest {
  /** Bits of a sample wanted; a decoder may give either, the caller converts. */
  readonly depth: Depth;
  /** Throws a data problem on a picture that is too large; to be called before pixels are decoded. */
  checkShape(shape: Shape): void;
  /** Decodes a picture of a built-in format that the file contains, at 8 bits. */
  decodeInner(bytes: Uint8Array): Promise<Pixels>;
}

/** Reads the files of a format that is not built in, such as DICOM. */
export interface Decoder {
  /**
   * The pixels of a file that the plugin recognises: 1 gray, 3 colour or 4 channels.
   *
   * @throws a data problem with the reason alone when the file cannot be used; the caller names the file
   */
  decode(bytes: Uint8Array, request: DecoderRequest): Promise<AnyPixels>;
  /**
   * The size of a picture by its header, for plans of a scan; the file is decoded when left out.
   *
   * @param bytes as much of the file's beginning as holds the header, or all of it
   * @throws a data problem when the header is cut off or damaged
   */
  shape?(bytes: Uint8Array): Promise<Shape>;
}

/** A decoder with what tells its files from others. */
export interface ImageDecoder extends Decoder {
  /** Whether a file is of the format, by its first bytes. */
  recognises(bytes: Uint8Array): boolean;
}

/** The first decoder that recognises a file; undefined where none does. */
export function decoderOf(
  bytes: Uint8Array,
  decoders: readonly ImageDecoder[] = [],
): ImageDecoder | undefined {
  return decoders.find((decoder) => decoder.recognises(bytes));
}

/** The pixels that a decoder gives. Throws a data problem when they do not have the shape that they claim. */
export async function decodeByPlugin(
  decoder: ImageDecoder,
  bytes: Uint8Array,
  request: DecoderRequest,
): Promise<AnyPixels> {
  const pixels = await decoder.decode(bytes, request);
  request.checkShape(pixels);
  const { data, height, width, channels } = pixels;
  if (height > 0 && width > 0 && data.length === height * width * channels) return pixels;
  throw dataProblem(`its decoder gives ${data.length} samples for ${width} x ${height} x ${channels}`);
}
