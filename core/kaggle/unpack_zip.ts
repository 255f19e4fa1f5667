import { crc32 } from "node:zlib";
import { dirname, join } from "@std/path";
import { joinInside, pathExists } from "../base/files.ts";
import { writeAll } from "../base/part_files.ts";
import { dataProblem } from "../base/problem.ts";
import { firstFew } from "../base/quoted.ts";
import { entryPath } from "../formats/entry_path.ts";
import { brokenZip, type ZipEntry } from "../formats/zip_directory.ts";
import { listZip, openZipEntry } from "../formats/zip_file.ts";

/** How an archive is unpacked. */
export interface UnpackOptions {
  /** Whether files of another content are replaced; else they are a data problem, found before anything is written. */
  readonly replace: boolean;
  /** Where its content belongs; the folder itself when left out. */
  readonly below?: (paths: readonly string[]) => string;
  /** Called when nothing is in the way, before the first file is written. */
  readonly onReady?: () => Promise<void>;
  /** Called as bytes are written or found, with the bytes so far and in total. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/** A file of an archive and where it belongs. */
interface Target {
  readonly entry: ZipEntry;
  readonly place: string;
}

/** The name of the file that is being written, in the folder it belongs to. */
const UNFINISHED = ".unpacking.part";
/** A million files with long names; all of the directory is in memory. */
const LARGEST_DIRECTORY = 2 ** 28;

/** Refuses what makes a short archive name the same bytes, or a file, any number of times. */
function checkEntries(entries: readonly ZipEntry[], available: number): void {
  const names = new Set<string>();
  let packed = 0;
  for (const { name, compressedSize } of entries) {
    if (names.has(name)) throw brokenZip(`"${name}" is there twice`);
    names.add(name);
    packed += compressedSize;
  }
  if (packed > available) throw brokenZip(`its files take ${packed} bytes, more than its ${available}`);
}

/** The files of an archive under checked paths; folders come with their files. */
async function listFiles(file: Deno.FsFile): Promise<ZipEntry[]> {
  const entries = (await listZip(file, { largestDirectory: LARGEST_DIRECTORY }))
    .filter(({ name }) => !name.endsWith("/"))
    .map((entry) => ({ ...entry, name: entryPath(entry.name) }));
  checkEntries(entries, (await file.stat()).size);
  return entries;
}

/** Whether a file has the size and the checksum of an entry; null when there is none. */
async function isUnpacked({ entry, place }: Target): Promise<boolean | null> {
  if (!await pathExists(place)) return null;
  const { isFile, size } = await Deno.stat(place);
  if (!isFile || size !== entry.size) return false;
  let crc = 0;
  const file = await Deno.open(place);
  for await (const piece of file.readable) crc = crc32(piece, crc);
  return crc === entry.crc32;
}

/** Writes one file so that it has its name once it is whole. Not flushed: each is compared before it counts as there. */
async function writeTarget(
  file: Deno.FsFile,
  { entry, place }: Target,
  onBytes: (count: number) => void,
): Promise<void> {
  const unfinished = join(dirname(place), UNFINISHED);
  await Deno.mkdir(dirname(place), { recursive: true });
  try {
    using output = await Deno.open(unfinished, { write: true, create: true, truncate: true });
    let crc = 0;
    for await (const piece of openZipEntry(file, entry)) {
      crc = crc32(piece, crc);
      await writeAll(output, piece, place);
      onBytes(piece.length);
    }
    if (crc !== entry.crc32) throw brokenZip(`"${entry.name}" does not fit its checksum`);
    await Deno.rename(unfinished, place);
  } catch (error) {
    if (await pathExists(unfinished)) await Deno.remove(unfinished);
    throw error;
  }
}

/** The targets that have to be written, after a look at all files that are there. */
async function missingTargets(
  targets: readonly Target[],
  { replace, signal }: UnpackOptions,
): Promise<Target[]> {
  const missing: Target[] = [], others: string[] = [];
  for (const target of targets) {
    signal?.throwIfAborted();
    const unpacked = await isUnpacked(target);
    if (unpacked === false) others.push(`"${target.place}"`);
    if (unpacked !== true) missing.push(target);
  }
  if (others.length === 0 || replace) return missing;
  throw dataProblem(
    `Cannot unpack: it would replace ${firstFew(others)}, which ${
      others.length === 1 ? "has" : "have"
    } another content`,
    "Move what is there out of the way, or name another folder with --out",
  );
}

/**
 * Unpacks a zip archive file by file, in pieces of 64 KiB. Files that are there with the archive's content stay, so that
 * it goes on where it was stopped. No entry is written outside the folder, no link is made.
 *
 * @returns the paths of all its files
 * @throws Problem (data) on a broken archive, on a name that leads out of the folder, before anything is written, and on
 * a file that does not fit its checksum; the signal's reason when it is aborted
 */
export async function unpackZip(archive: string, folder: string, options: UnpackOptions): Promise<string[]> {
  using file = await Deno.open(archive);
  const entries = await listFiles(file);
  const root = join(folder, options.below?.(entries.map(({ name }) => name)) ?? "");
  const targets = entries.map((entry) => ({ entry, place: joinInside(root, entry.name) }));
  const missing = await missingTargets(targets, options);
  const sizeOf = (some: readonly Target[]) => some.reduce((sum, { entry }) => sum + entry.size, 0);
  const total = sizeOf(targets);
  let done = total - sizeOf(missing);
  const onBytes = (count: number) => {
    options.signal?.throwIfAborted();
    options.onProgress?.(done += count, total);
  };
  await options.onReady?.();
  for (const target of missing) await writeTarget(file, target, onBytes);
  return targets.map(({ place }) => place);
}
