import { dataProblem } from "../base/problem.ts";

/** A file inside a zip archive. */
export interface ZipEntry {
  readonly name: string;
  /** 0 stored, 8 deflate. */
  readonly method: number;
  readonly compressedSize: number;
  readonly size: number;
  /** Where its local header starts. */
  readonly offset: number;
}

const END_SIGNATURE = 0x06054b50;
const CENTRAL_SIGNATURE = 0x02014b50;
const END_BYTES = 22;
const LONGEST_COMMENT = 65_535;

async function readAt(file: Deno.FsFile, position: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
  await file.seek(position, Deno.SeekMode.Start);
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const count = await file.read(bytes.subarray(filled));
    if (count === null) throw dataProblem("Cannot read the archive: it ends too early", "Download it again");
    filled += count;
  }
  return bytes;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

async function findDirectory(file: Deno.FsFile): Promise<{ offset: number; size: number; count: number }> {
  const { size } = await file.stat();
  const length = Math.min(size, END_BYTES + LONGEST_COMMENT);
  const view = viewOf(await readAt(file, size - length, length));
  for (let at = length - END_BYTES; at >= 0; at--) {
    if (view.getUint32(at, true) !== END_SIGNATURE) continue;
    return {
      count: view.getUint16(at + 10, true),
      size: view.getUint32(at + 12, true),
      offset: view.getUint32(at + 16, true),
    };
  }
  throw dataProblem("Cannot read the archive: it is not a zip file", "Download it again");
}

/** The files in a zip archive below 4 GiB (a pip wheel is one). Throws a data problem on anything else. */
export async function listZip(file: Deno.FsFile): Promise<ZipEntry[]> {
  const directory = await findDirectory(file);
  const bytes = await readAt(file, directory.offset, directory.size);
  const view = viewOf(bytes);
  const entries: ZipEntry[] = [];
  for (let at = 0; entries.length < directory.count;) {
    if (view.getUint32(at, true) !== CENTRAL_SIGNATURE) {
      throw dataProblem("Cannot read the archive: broken directory");
    }
    const nameLength = view.getUint16(at + 28, true);
    entries.push({
      name: new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength)),
      method: view.getUint16(at + 10, true),
      compressedSize: view.getUint32(at + 20, true),
      size: view.getUint32(at + 24, true),
      offset: view.getUint32(at + 42, true),
    });
    at += 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return entries;
}

const CHUNK = 1 << 20;

function rangeOf(
  file: Deno.FsFile,
  position: number,
  length: number,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let done = 0;
  return new ReadableStream({
    async pull(controller) {
      if (done === length) return controller.close();
      const bytes = await readAt(file, position + done, Math.min(CHUNK, length - done));
      done += bytes.length;
      controller.enqueue(bytes);
    },
  });
}

/** The content of one file of an archive, as a stream; read one at a time. */
export async function openZipEntry(
  file: Deno.FsFile,
  entry: ZipEntry,
): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  const header = viewOf(await readAt(file, entry.offset, 30));
  const start = entry.offset + 30 + header.getUint16(26, true) + header.getUint16(28, true);
  const stored = rangeOf(file, start, entry.compressedSize);
  if (entry.method === 0) return stored;
  if (entry.method === 8) return stored.pipeThrough(new DecompressionStream("deflate-raw"));
  throw dataProblem(`Cannot read "${entry.name}" in the archive: unknown compression method ${entry.method}`);
}

/** The content of one small file of an archive as text. */
export async function readZipText(file: Deno.FsFile, entry: ZipEntry): Promise<string> {
  return await new Response(await openZipEntry(file, entry)).text();
}
