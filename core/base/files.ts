import { isAbsolute, join, relative, resolve } from "@std/path";
import { writeAll, writeWhole } from "./part_files.ts";
import { dataProblem } from "./problem.ts";
import { type FileKind, readText } from "./read_file.ts";

/**
 * Writes a file so that it is either there whole or not at all: a temporary name, flushed, renamed.
 * Makes the folder when it is missing.
 */
export async function writeFileAtomic(path: string, content: Uint8Array | string): Promise<void> {
  await writeChunksAtomic(path, [content]);
}

/** Pieces of text are gathered to about so many characters before they are written. */
const GATHERED = 1 << 16;

/** Short pieces of text joined to long ones. */
function* gather(chunks: Iterable<Uint8Array | string>): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  let text = "";
  for (const chunk of chunks) {
    if (typeof chunk === "string") text += chunk;
    if (typeof chunk === "string" && text.length < GATHERED) continue;
    yield encoder.encode(text);
    text = "";
    if (typeof chunk !== "string") yield chunk;
  }
  yield encoder.encode(text);
}

/** Like `writeFileAtomic`, piece by piece: what is written is never in memory whole. */
export async function writeChunksAtomic(path: string, chunks: Iterable<Uint8Array | string>): Promise<void> {
  await writeWhole(path, async (file) => {
    for (const bytes of gather(chunks)) await writeAll(file, bytes, path);
  });
}

/** Whether a path exists. Errors other than "not found" are thrown. */
export async function pathExists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return false;
    throw error;
  }
}

/** Whether a path is a folder, or a link to one; not where it cannot be looked at, as a link that leads in a circle. */
export async function isFolder(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch {
    return false;
  }
}

/**
 * The text of a file. Throws a data problem that names the file and the next step when it is missing.
 *
 * @param next what the reader should do when the file is not there
 * @param kind decides how large it may be
 */
export async function readTextFile(path: string, next: string, kind: FileKind = "text"): Promise<string> {
  try {
    return await readText(path, kind);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw dataProblem(`Cannot read "${path}": there is no such file`, next);
    }
    throw error;
  }
}

/**
 * A path below a folder. Throws a data problem when the name would leave the folder, as an Id with `../` would.
 *
 * @example
 * ```ts
 * import { assertEquals, assertThrows } from "@std/assert";
 * assertEquals(joinInside("data/train", "a.png"), "data/train/a.png");
 * assertThrows(() => joinInside("data/train", "../secret.png"), Error, "leaves its folder");
 * ```
 */
export function joinInside(folder: string, name: string): string {
  const path = join(folder, name);
  const inside = relative(resolve(folder), resolve(path));
  if (
    inside === "" || /^\.\.(?:$|[\\/])/.test(inside) || isAbsolute(inside) ||
    isAbsolute(name) || name.includes("\0")
  ) {
    throw dataProblem(
      `Cannot use "${name}": it leaves its folder "${folder}"`,
      "Correct the Id in the CSV file",
    );
  }
  return path;
}

/** The names of the files in a folder, sorted; a missing folder has none. */
export async function listFiles(folder: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const entry of Deno.readDir(folder)) if (!entry.isDirectory) names.push(entry.name);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return names.sort();
}
