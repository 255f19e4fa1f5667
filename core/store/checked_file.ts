/**
 * The files of a store in a folder. A blob is named by its checksum; every other file ends in a line with its checksum, so
 * that content and checksum come and go together.
 */
import { writeAll } from "../base/part_files.ts";
import {
  checkBlob,
  damaged,
  type OnProgress,
  piecesOf,
  readPieces,
  reported,
  type Sink,
  sizeOf,
  writePieces,
} from "./contents.ts";
import type { Source } from "./store.ts";
import { sha256OfBlob } from "./store_key.ts";

/** Which content goes through an open file. */
export interface CheckedFile {
  readonly file: Deno.FsFile;
  readonly key: string;
  /** What errors call the store, or the file when it is being written. */
  readonly name: string;
  readonly onProgress: OnProgress;
}

function checksumLine(sha256: string): string {
  return `\nsha256 ${sha256}\n`;
}
const LINE_BYTES = checksumLine("0".repeat(64)).length;

/** Writes a source and its checksum. */
export async function writeChecked(
  { file, key, name, onProgress }: CheckedFile,
  source: Source,
): Promise<void> {
  const pieces = reported(piecesOf(source), { key, total: await sizeOf(source), onProgress });
  const sha256 = await writePieces(pieces, file, name);
  checkBlob(key, sha256);
  if (sha256OfBlob(key) === null) {
    await writeAll(file, new TextEncoder().encode(checksumLine(sha256)), name);
  }
}

async function restOf(file: Deno.FsFile): Promise<string> {
  let text = "";
  for await (const piece of readPieces(file)) text += new TextDecoder().decode(piece);
  return text;
}

/**
 * Sends a content through a sink and compares it with its checksum.
 *
 * @throws Problem (data) when it does not fit
 */
export async function readChecked(
  { file, key, name, onProgress }: CheckedFile,
  sink: Sink,
): Promise<void> {
  // Not by stat(): behind a link Deno asks for the right to read where the link leads.
  const size = await file.seek(0, Deno.SeekMode.End), named = sha256OfBlob(key);
  await file.seek(0, Deno.SeekMode.Start);
  const total = named === null ? size - LINE_BYTES : size;
  if (total < 0) throw damaged(key, name);
  const sha256 = await sink(reported(readPieces(file, total), { key, total, onProgress }));
  if (await restOf(file) !== (named === null ? checksumLine(sha256) : "")) throw damaged(key, name);
  if (named !== null && named !== sha256) throw damaged(key, name);
}
