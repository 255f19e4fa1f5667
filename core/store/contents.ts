/** Contents on their way in and out of a store: what they are made of, and whether they are what they should be. */
import { createHash } from "node:crypto";
import { writeAll } from "../base/part_files.ts";
import { dataProblem, type Problem } from "../base/problem.ts";
import type { Source } from "./store.ts";
import { sha256OfBlob } from "./store_key.ts";

/** Bytes that are read at once. */
const PIECE = 2 ** 20;

/** How far a transfer is. */
export interface Transfer {
  readonly key: string;
  /** Bytes so far. */
  readonly done: number;
  /** Bytes in total. */
  readonly total: number;
}

/** Told of every transfer as it goes on. */
export type OnProgress = (transfer: Transfer) => void;

/** The next `most` bytes of an open file in pieces, fewer where it ends before; a piece is overwritten by the next. */
export async function* readPieces(file: Deno.FsFile, most = Infinity): AsyncGenerator<Uint8Array> {
  const bytes = new Uint8Array(Math.min(PIECE, most));
  for (let left = most; left > 0;) {
    const read = await file.read(bytes.subarray(0, Math.min(left, bytes.length)));
    if (read === null) return;
    yield bytes.subarray(0, read);
    left -= read;
  }
}

/** The bytes of a source in pieces; a piece is overwritten by the next. */
export async function* piecesOf(source: Source): AsyncGenerator<Uint8Array> {
  if ("bytes" in source) return yield source.bytes;
  using file = await Deno.open(source.path);
  yield* readPieces(file);
}

/** Pieces on their way, each told of once it went through. */
export async function* reported(
  pieces: AsyncIterable<Uint8Array>,
  { key, total, onProgress }: Omit<Transfer, "done"> & { readonly onProgress: OnProgress },
): AsyncGenerator<Uint8Array> {
  let done = 0;
  for await (const piece of pieces) {
    yield piece;
    done += piece.length;
    onProgress({ key, done, total });
  }
}

/** The bytes of a source in number. */
export async function sizeOf(source: Source): Promise<number> {
  return "bytes" in source ? source.bytes.length : (await Deno.stat(source.path)).size;
}

/** The SHA-256 of pieces in hexadecimal, after each went through `use`. */
export async function hashWhile(
  pieces: AsyncIterable<Uint8Array>,
  use: (piece: Uint8Array) => Promise<void> | void,
): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of pieces) {
    hash.update(piece);
    await use(piece);
  }
  return hash.digest("hex");
}

/** Takes in pieces of a content and gives back their SHA-256. */
export type Sink = (pieces: AsyncIterable<Uint8Array>) => Promise<string>;

/** The bytes that a reader sends through the sink that it is given. */
export async function bytesOf(read: (sink: Sink) => Promise<void>): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  await read((content) => hashWhile(content, (piece) => void pieces.push(new Uint8Array(piece))));
  return new Uint8Array(await new Blob(pieces).arrayBuffer());
}

/**
 * Writes pieces to an open file.
 *
 * @param path what an error calls the file
 * @returns their SHA-256 in hexadecimal
 */
export function writePieces(
  pieces: AsyncIterable<Uint8Array>,
  file: Deno.FsFile,
  path: string,
): Promise<string> {
  return hashWhile(pieces, (piece) => writeAll(file, piece, path));
}

/** The data problem of a content that is not what its checksum says. */
export function damaged(key: string, address: string): Problem {
  return dataProblem(
    `Cannot use "${key}" of ${address}: its bytes do not fit its checksum`,
    "Remove it from the store and run again what makes it",
  );
}

/** Refuses a content for a key that names another. */
export function checkBlob(key: string, sha256: string): void {
  const named = sha256OfBlob(key);
  if (named === null || named === sha256) return;
  throw dataProblem(
    `Cannot store "${key}": the SHA-256 of the content is ${sha256}`,
    "The file changed while it was stored: run again what makes it",
  );
}
