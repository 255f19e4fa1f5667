import { inflate } from "./inflate.ts";
import { brokenZip, contentStart, readZipDirectory, type ZipBounds, type ZipEntry } from "./zip_directory.ts";

/** Bytes of content that are read at a time. */
const CHUNK = 1 << 16;

/** The largest file that is read as text, in bytes; RECORD, the list of a wheel's files, has 3 MB. */
const LONGEST_TEXT = 16e6;

/** Where the content of an entry lies in the archive, in bytes. */
interface ContentPlace {
  readonly start: number;
  readonly length: number;
}

function readAt(file: Deno.FsFile, position: number, length: number): Uint8Array<ArrayBuffer> {
  if (!Number.isSafeInteger(position) || position < 0 || length < 0) {
    throw brokenZip("its directory points beyond its end");
  }
  const bytes = new Uint8Array(length);
  file.seekSync(position, Deno.SeekMode.Start);
  for (let filled = 0; filled < length;) {
    const count = file.readSync(bytes.subarray(filled));
    if (count === null) throw brokenZip("it ends too early");
    filled += count;
  }
  return bytes;
}

/**
 * The files in a zip archive (a pip wheel is one).
 *
 * @throws Problem (data) when it is no zip archive or a broken one
 */
export async function listZip(file: Deno.FsFile, bounds: ZipBounds = {}): Promise<ZipEntry[]> {
  const { size } = await file.stat();
  return readZipDirectory(size, (position, length) => readAt(file, position, length), bounds);
}

async function* piecesOf(file: Deno.FsFile, { start, length }: ContentPlace): AsyncGenerator<Uint8Array> {
  for (let done = 0; done < length;) {
    const bytes = readAt(file, start + done, Math.min(CHUNK, length - done));
    done += bytes.length;
    yield bytes;
  }
}

/**
 * The content of one file of an archive, in pieces. Its checksum is not compared.
 *
 * @throws Problem (data) when it is neither stored nor deflated, or has not the size that the directory tells
 */
export async function* openZipEntry(file: Deno.FsFile, entry: ZipEntry): AsyncGenerator<Uint8Array> {
  const { name, method, size } = entry;
  const start = contentStart(entry, (position, length) => readAt(file, position, length));
  const packed = piecesOf(file, { start, length: entry.compressedSize });
  if (method !== 0 && method !== 8) throw brokenZip(`"${name}" has the unknown compression ${method}`);
  let bytes = 0;
  for await (const piece of method === 0 ? packed : inflate(packed, { format: "deflate", most: size })) {
    bytes += piece.length;
    yield piece;
  }
  if (bytes !== size) throw brokenZip(`"${name}" has ${bytes} bytes, its directory says ${size}`);
}

/** The content of one small file of an archive as text. */
export async function readZipText(file: Deno.FsFile, entry: ZipEntry): Promise<string> {
  if (entry.size > LONGEST_TEXT) throw brokenZip(`"${entry.name}" is larger than ${LONGEST_TEXT} bytes`);
  const decoder = new TextDecoder();
  let text = "";
  for await (const piece of openZipEntry(file, entry)) text += decoder.decode(piece, { stream: true });
  return text + decoder.decode();
}
