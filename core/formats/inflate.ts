import { pipeline, Readable } from "node:stream";
import { createGunzip, createInflateRaw } from "node:zlib";
import { dataProblem, type Problem } from "../base/problem.ts";

/** How bytes are compressed and how many may come out. */
export interface InflateOptions {
  /** `gzip`, or the bare deflate of a zip archive. */
  readonly format: "gzip" | "deflate";
  /** The most bytes that the content may have. */
  readonly most: number;
}

/**
 * Bytes that come out at a time. A megabyte of compressed zeros becomes a gigabyte; a DecompressionStream hands that
 * out in one piece.
 */
const PIECE = 1 << 16;

function damaged(reason: string): Problem {
  return dataProblem(`Cannot unpack the archive: ${reason}`, "Download it again");
}

function translated(error: unknown): unknown {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (!code.startsWith("Z_")) return error;
  return damaged(`it is damaged or compressed in another way (${(error as Error).message})`);
}

/**
 * Unpacks compressed bytes in pieces of at most 64 KiB, whatever the compression; the gzip checksum is compared.
 *
 * @throws Problem (data) when the bytes are no such compression, end too early, or give more than `most`
 */
export async function* inflate(
  packed: AsyncIterable<Uint8Array>,
  { format, most }: InflateOptions,
): AsyncGenerator<Uint8Array> {
  const inflater = format === "gzip"
    ? createGunzip({ chunkSize: PIECE })
    : createInflateRaw({ chunkSize: PIECE });
  // Errors of either end reach the loop below; the callback is pipeline's own demand.
  pipeline(Readable.from(packed), inflater, () => {});
  let bytes = 0;
  try {
    for await (const piece of inflater) {
      bytes += piece.length;
      if (bytes > most) throw damaged(`its content is larger than ${most} bytes`);
      yield piece;
    }
  } catch (error) {
    throw translated(error);
  }
}
