import { join, resolve, SEPARATOR } from "@std/path";
import { z } from "zod";
import { dataProblem, type Problem } from "../../base/problem.ts";
import { sha256OfFile } from "../../base/sha256.ts";

const fileSchema = z.object({
  path: z.string().describe("Below the install folder"),
  bytes: z.int().nonnegative(),
  sha256: z.string(),
  changed: z.string().optional().describe("When it was put into place, by changeOf"),
});

const installedSchema = z.object({
  version: z.string().describe("What the library says of itself"),
  from: z.string().describe("official, pip, or the path of what was installed"),
  library: z.string().describe("The file to open, below the install folder"),
  files: z.array(fileSchema),
});

/** A file that was put into place. */
export type InstalledFile = z.output<typeof fileSchema>;

/** What was installed; the content of installed.json. */
export type Installed = z.output<typeof installedSchema>;

/** The record of an install folder. */
export const RECORD_FILE = "installed.json";

/** The folder that an install is collected in, and those that stopped installs have left: nothing is opened there. */
const BESIDE = /^(staging|install-\d+)$/;

const LIBRARY = /\.(so|dylib)(\.|$)/;

function unfit(folder: string, reason: string): Problem {
  return dataProblem(
    `Cannot use the TensorFlow in "${folder}": ${reason}`,
    "Run `deno task install_tensorflow` again",
  );
}

async function recordText(folder: string): Promise<string | null> {
  try {
    return await Deno.readTextFile(join(folder, RECORD_FILE));
  } catch (error) {
    const { NotFound, NotADirectory, NotCapable, PermissionDenied } = Deno.errors;
    if ([NotFound, NotADirectory, NotCapable, PermissionDenied].some((kind) => error instanceof kind)) {
      return null;
    }
    throw error;
  }
}

/**
 * What is installed in a folder; null when nothing is, or when the record may not be read.
 *
 * @throws Problem (data) when the record is damaged
 */
export async function readInstalled(folder: string): Promise<Installed | null> {
  const text = await recordText(folder);
  if (text === null) return null;
  try {
    return installedSchema.parse(JSON.parse(text));
  } catch {
    throw unfit(folder, `its record ${RECORD_FILE} is damaged`);
  }
}

/** When a file was last changed: what programs may set (mtime), and what the system keeps in whole seconds (ctime). */
export function changeOf({ mtime, ctime }: Deno.FileInfo): string {
  return `${mtime?.toISOString()} ${ctime?.toISOString()}`;
}

async function fileStatus(path: string): Promise<Deno.FileInfo | null> {
  try {
    return await Deno.lstat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return null;
    throw error;
  }
}

/** When the contents of files are compared: where the times differ from those of the install, or in any case. */
export interface Comparison {
  readonly hash: "changed" | "always";
}

/** What is wrong with one file of the record, or null. */
async function fileProblem(
  folder: string,
  file: InstalledFile,
  { hash }: Comparison,
): Promise<string | null> {
  const path = join(folder, file.path);
  const status = await fileStatus(path);
  if (status === null) return `"${file.path}" is missing`;
  if (!status.isFile) return `"${file.path}" is no regular file`;
  if (status.size !== file.bytes) {
    return `"${file.path}" has ${status.size} bytes, ${file.bytes} were installed`;
  }
  if (hash === "changed" && changeOf(status) === file.changed) return null;
  const same = await sha256OfFile(path) === file.sha256;
  return same ? null : `"${file.path}" is not the file that was installed`;
}

/** Libraries below a folder, and links, which may lead to some. */
async function* librariesIn(folder: string, below: string): AsyncGenerator<string> {
  for await (const { name, isDirectory, isSymlink } of Deno.readDir(join(folder, below))) {
    const path = join(below, name);
    if (isDirectory) yield* librariesIn(folder, path);
    else if (isSymlink || LIBRARY.test(name)) yield path;
  }
}

/** A library that no install put there and that the loader might take for one of the record; or null. */
async function surplusLibrary(folder: string, { files }: Installed): Promise<string | null> {
  const listed = new Set(files.map(({ path }) => path));
  const rooms = new Set(files.map(({ path }) => path.split("/")[0]!));
  for await (const { name, isDirectory, isSymlink } of Deno.readDir(folder)) {
    if (isSymlink) return name;
    if (!isDirectory || (BESIDE.test(name) && !rooms.has(name))) continue;
    for await (const path of librariesIn(folder, name)) if (!listed.has(path)) return path;
  }
  return null;
}

async function realPath(path: string): Promise<string> {
  try {
    return await Deno.realPath(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return resolve(path);
    }
    throw error;
  }
}

/** Whether a path lies below a folder, as it is written or where its links lead. */
async function isBelow(folder: string, path: string): Promise<boolean> {
  const real = [await realPath(folder), await realPath(path)] as const;
  return [[resolve(folder), resolve(path)] as const, real].some(([outside, inside]) =>
    inside.startsWith(outside + SEPARATOR)
  );
}

/**
 * Checks a library before it is opened, when it lies in the install folder: the record names it, all files of the
 * record are as they were installed, and no other library lies where the loader might take it for one of them.
 *
 * Size and times of change are compared; a file whose times differ, because the folder was copied, is hashed. To hash
 * always would cost 0.5 to 1.5 seconds at each start (0.9 GB), and 3 to 8 with CUDA (4.3 GB). This finds what a
 * stopped install, a full disk or another program leaves. It does not stop someone who may write to the folder: they
 * can write the record too.
 *
 * @throws Problem (data) that says what differs
 */
export async function checkInstalled(
  folder: string,
  path: string,
  comparison: Comparison = { hash: "changed" },
): Promise<void> {
  if (!await isBelow(folder, path)) return;
  const installed = await readInstalled(folder);
  if (installed === null) throw unfit(folder, `"${path}" was not put there by an install`);
  if (await realPath(path) !== await realPath(join(folder, installed.library))) {
    throw unfit(folder, `"${path}" is not the library that was installed, "${installed.library}"`);
  }
  for (const file of installed.files) {
    const problem = await fileProblem(folder, file, comparison);
    if (problem !== null) throw unfit(folder, problem);
  }
  const surplus = await surplusLibrary(folder, installed);
  if (surplus !== null) throw unfit(folder, `"${surplus}" was not put there by an install`);
}
