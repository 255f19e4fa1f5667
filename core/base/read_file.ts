import { dataProblem, Problem } from "./problem.ts";
import { unreadableReason } from "./system_error.ts";

/** Most bytes of a file that is read whole, by what it holds. Larger files are refused before they are read. */
export const READ_LIMITS = {
  /** An image; a 100-megapixel TIFF of four channels has 400 MB. */
  image: 2 ** 30,
  /** A CSV file; ten million rows of upstream's have 600 MB. */
  table: 2 ** 31,
  /** A config, a policy, a record of a search or a trial. */
  text: 2 ** 26,
  /** Weights and checkpoints with their optimizer state. */
  weights: 2 ** 34,
} as const;

/** What a file holds. */
export type FileKind = keyof typeof READ_LIMITS;

function sizeText(bytes: number): string {
  return bytes < 2 ** 30 ? `${Math.ceil(bytes / 2 ** 20)} MiB` : `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}

/**
 * Throws a data problem on what is no regular file: reading a pipe waits for ever, a device never ends. Links are followed.
 */
function checkFile(path: string, { isFile, size }: Deno.FileInfo, limit: number): void {
  if (!isFile) throw dataProblem(`Cannot read "${path}": it is no regular file`, "Put a file in its place");
  if (size <= limit) return;
  throw dataProblem(
    `Cannot read "${path}": it has ${sizeText(size)}, at most ${sizeText(limit)} are read`,
    "Replace the file; the limits are in core/base/read_file.ts",
  );
}

/** An error that is the file's fault as a data problem: Deno leaves the path out of some. NotFound stays: callers ask for it. */
function withPath(path: string, error: unknown): unknown {
  if (error instanceof Problem || error instanceof Deno.errors.NotFound) return error;
  const reason = unreadableReason(error);
  return reason === null
    ? error
    : dataProblem(`Cannot read "${path}": ${reason}`, "Check the path and the rights");
}

/**
 * The bytes of a regular file of bounded size.
 *
 * @param limit most bytes; that of the kind when left out
 * @throws a data problem that names the file when it is a pipe, a device, a folder, too large, or not to be read; NotFound
 * and errors that are not the file's fault are passed on
 */
export async function readFile(
  path: string,
  kind: FileKind,
  { limit = READ_LIMITS[kind] }: { readonly limit?: number } = {},
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    // Synchronously: one more turn of waiting costs a loader more than the call itself.
    checkFile(path, Deno.statSync(path), limit);
    return await Deno.readFile(path);
  } catch (error) {
    throw withPath(path, error);
  }
}

/** The text of a file; errors are those of {@link readFile}. */
export async function readText(path: string, kind: FileKind): Promise<string> {
  return new TextDecoder().decode(await readFile(path, kind));
}

/** As {@link readFile}, but of the first bytes alone, `count` at most. */
export async function readHead(
  path: string,
  kind: FileKind,
  count: number,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const info = await Deno.stat(path);
    checkFile(path, info, READ_LIMITS[kind]);
    using file = await Deno.open(path);
    const bytes = new Uint8Array(Math.min(count, info.size));
    let filled = 0;
    for (let read: number | null = 0; read !== null && filled < bytes.length; filled += read ?? 0) {
      read = await file.read(bytes.subarray(filled));
    }
    return bytes.subarray(0, filled);
  } catch (error) {
    throw withPath(path, error);
  }
}

/** Bytes of a chunk. */
const CHUNK = 2 ** 20;

/** As {@link readFile}, chunk by chunk; the bytes of a chunk are overwritten by the next. */
export function* readChunks(path: string, kind: FileKind): Generator<Uint8Array<ArrayBuffer>> {
  try {
    checkFile(path, Deno.statSync(path), READ_LIMITS[kind]);
    using file = Deno.openSync(path);
    const bytes = new Uint8Array(CHUNK);
    for (let read = file.readSync(bytes); read !== null; read = file.readSync(bytes)) {
      yield bytes.subarray(0, read);
    }
  } catch (error) {
    throw withPath(path, error);
  }
}

/** As {@link readFile}, synchronously. */
export function readFileSync(path: string, kind: FileKind): Uint8Array<ArrayBuffer> {
  try {
    checkFile(path, Deno.statSync(path), READ_LIMITS[kind]);
    return Deno.readFileSync(path);
  } catch (error) {
    throw withPath(path, error);
  }
}
