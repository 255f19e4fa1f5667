import { dataProblem } from "../base/problem.ts";
import { brokenZip, contentStart, readZipDirectory, type ZipEntry } from "./zip_directory.ts";

/** Bytes of content that are read at a time. */
const CHUNK = 1 << 20;

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
export async function listZip(file: Deno.FsFile): Promise<ZipEntry[]> {
  const { size } = await file.stat();
  return readZipDirectory(size, (position, length) => readAt(file, position, length));
}

function streamOf(file: Deno.FsFile, start: number, length: number): ReadableStream<Uint8Array<ArrayBuffer>> {
  let done = 0;
  return new ReadableStream({
    pull(controller) {
      if (done === length) return controller.close();
      const bytes = readAt(file, start + done, Math.min(CHUNK, length - done));
      done += bytes.length;
      controller.enqueue(bytes);
    },
  });
}

/**
 * The content of one file of an archive, as a stream. Its checksum is not compared.
 *
 * @throws Problem (data) when it is neither stored nor deflated
 */
export function openZipEntry(file: Deno.FsFile, entry: ZipEntry): ReadableStream<Uint8Array<ArrayBuffer>> {
  const start = contentStart(entry, (position, length) => readAt(file, position, length));
  const content = streamOf(file, start, entry.compressedSize);
  if (entry.method === 0) return content;
  if (entry.method === 8) return content.pipeThrough(new DecompressionStream("deflate-raw"));
  throw dataProblem(`Cannot read "${entry.name}" in the archive: unknown compression method ${entry.method}`);
}

/** The content of one small file of an archive as text. */
export async function readZipText(file: Deno.FsFile, entry: ZipEntry): Promise<string> {
  return await new Response(openZipEntry(file, entry)).text();
}
