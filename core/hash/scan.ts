import { relative } from "@std/path";
import type { ImageFiles } from "../plugin/contracts.ts";
import type { KnownFiles } from "./cache.ts";
import type { FileEntry } from "./entry.ts";
import { fileTraits } from "./file_traits.ts";
import { forEachInFlight } from "./in_flight.ts";
import { digestBytes, type FileJob, fileJobs, hashFile, type HashFileOptions } from "./hash_file.ts";
import { type BrokenImage, compareRecords, type HashRecord } from "./record.ts";

/** How pictures are scanned. */
export interface ScanOptions extends HashFileOptions {
  /** The data folder; paths in the cache are relative to it. */
  readonly dir: string;
  /** Channels hashed, each by itself; null is the picture as gray. */
  readonly channels: readonly (number | null)[];
  /** What earlier scans found out. */
  readonly cache?: KnownFiles;
  /** Pictures in flight; decoding runs on threads of its own. */
  readonly inFlight?: number;
  /** Told after each file. */
  onProgress?(done: number): void;
}

/** What a scan found, in the order of `compareRecords`. */
export interface Scan {
  readonly records: readonly HashRecord[];
  readonly broken: readonly BrokenImage[];
  /** Files that had to be decoded; the others were known. */
  readonly decoded: number;
}

/** Size and time of change. Synchronous: a scan that finds everything known does nothing else. */
function statFile(path: string): { size: number; changed: number } {
  const { size, mtime } = Deno.statSync(path);
  return { size, changed: mtime?.getTime() ?? 0 };
}

class Scanner {
  decoded = 0;

  constructor(readonly options: ScanOptions) {}

  /** What is known about a file, from the cache or from its bytes. Throws when it is not there. */
  async entryOf(job: FileJob): Promise<FileEntry> {
    const file = relative(this.options.dir, job.file);
    const stat = statFile(job.file);
    const known = this.options.cache?.get(file, stat);
    if (known) return known;
    const bytes = await Deno.readFile(job.file);
    const content = digestBytes(bytes);
    const traits = fileTraits(job.file, bytes);
    const entry = { file, ...stat, content, traits, ...await this.#planesOf(bytes, content, job) };
    const after = statFile(job.file);
    if (after.size === stat.size && after.changed === stat.changed) this.options.cache?.put(entry);
    return entry;
  }

  async #planesOf(
    bytes: Uint8Array,
    content: string,
    job: FileJob,
  ): Promise<Pick<FileEntry, "planes" | "reason">> {
    const known = this.options.cache?.getContent(content);
    if (known) return { planes: known.planes, reason: known.reason };
    this.decoded++;
    try {
      return { planes: await hashFile(bytes, job, this.options), reason: null };
    } catch (error) {
      return { planes: [], reason: error instanceof Error ? error.message : String(error) };
    }
  }
}

/** Why a file could not be read at all; anything unexpected is an error of ours and ends the scan. */
function readReason(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "there is no such file";
  if (error instanceof Deno.errors.PermissionDenied) return "reading it is not permitted";
  if (error instanceof Deno.errors.IsADirectory || error instanceof Deno.errors.NotADirectory) {
    return "it is no file";
  }
  throw error;
}

/**
 * Hashes pictures. Each file is decoded once for all hashes and several are in flight; a picture that cannot be read is
 * listed and never ends the scan. With a cache, unchanged files are only looked at, and a scan that was killed goes on
 * where it stopped.
 */
export async function scanImages(images: readonly ImageFiles[], options: ScanOptions): Promise<Scan> {
  const records: HashRecord[] = [];
  const broken: BrokenImage[] = [];
  const scanner = new Scanner(options);
  const jobs = [...images].sort(compareRecords).flatMap((image) => fileJobs(image, options.channels));
  let done = 0;
  await forEachInFlight(jobs, options.inFlight ?? 4, async (job) => {
    const { id, source } = job.image;
    try {
      const { planes, traits, reason } = await scanner.entryOf(job);
      for (const plane of planes) {
        records.push({ id, source, file: job.file, whole: job.whole, traits, ...plane });
      }
      if (reason !== null) broken.push({ id, source, file: job.file, reason });
    } catch (error) {
      broken.push({ id, source, file: job.file, reason: readReason(error) });
    }
    options.onProgress?.(++done);
  });
  await options.cache?.close();
  return { ...inOrder(records, broken), decoded: scanner.decoded };
}

function inOrder(records: HashRecord[], broken: BrokenImage[]): Omit<Scan, "decoded"> {
  const byChannel = (a: HashRecord, b: HashRecord) => (a.channel ?? -1) - (b.channel ?? -1);
  records.sort((a, b) => compareRecords(a, b) || byChannel(a, b));
  broken.sort((a, b) => compareRecords(a, b) || (a.file < b.file ? -1 : 1));
  return { records, broken };
}
