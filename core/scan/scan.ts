import { relative } from "@std/path";
import type { ImageFiles } from "../base/example.ts";
import type { KnownFiles } from "./hash_cache.ts";
import type { FileEntry } from "./file_entry.ts";
import { fileTraits } from "./file_traits.ts";
import { readFile } from "../base/read_file.ts";
import { unreadableReason } from "../base/system_error.ts";
import { forEachInFlight } from "../base/in_flight.ts";
import { failedWhile, isDataProblem } from "../base/problem.ts";
import { digestBytes, type FileJob, fileJobs, hashFile, type HashFileOptions } from "./hash_file.ts";
import { type BrokenImage, compareRecords, type HashRecord } from "./record.ts";
import { RecordTable, sortChannels } from "./record_table.ts";

/** Pictures in flight where nothing else is said. */
export const IN_FLIGHT = 4;

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

/** The bytes of a file, or why it is none that can be read: a pipe, a device, a file of too many bytes. */
async function tryReading(path: string): Promise<Uint8Array<ArrayBuffer> | string> {
  try {
    return await readFile(path, "image");
  } catch (error) {
    if (isDataProblem(error)) return error.message;
    throw error;
  }
}

/**
 * What is known of equal bytes, as of this file: where every channel has a file of its own, those of two channels may be
 * the same. Null when it is not about the channels of the job.
 */
function fitChannels(entry: FileEntry | undefined, job: FileJob): FileEntry | null {
  if (!entry || entry.reason !== null) return entry ?? null;
  const { planes } = entry, { channels } = job;
  if (planes.length !== channels.length) return null;
  if (planes.every(({ channel }, place) => channel === channels[place])) return entry;
  if (!job.whole || planes.length > 1) return null;
  return { ...entry, planes: [{ ...planes[0]!, channel: channels[0]! }] };
}

class Scanner {
  decoded = 0;

  constructor(readonly options: ScanOptions, readonly table: RecordTable) {}

  /** What is known of a file, or of equal bytes, if it says about the channels and hashes of this scan. */
  #known(entry: FileEntry | undefined, job: FileJob): FileEntry | null {
    const known = fitChannels(entry, job);
    return known?.planes.every((plane) => this.table.fits(plane)) ? known : null;
  }

  /** What is known about a file, from the cache or from its bytes. Throws when it is not there. */
  async entryOf(job: FileJob): Promise<Pick<FileEntry, "planes" | "traits" | "reason">> {
    const file = relative(this.options.dir, job.file);
    const stat = statFile(job.file);
    const known = this.#known(this.options.cache?.get(file, stat), job);
    if (known) return known;
    const bytes = await tryReading(job.file);
    if (typeof bytes === "string") return { planes: [], traits: [], reason: bytes };
    const content = await digestBytes(bytes);
    const traits = await fileTraits(job.file, bytes);
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
    const known = this.#known(this.options.cache?.getContent(content), job);
    if (known) return { planes: known.planes, reason: known.reason };
    this.decoded++;
    try {
      return { planes: await hashFile(bytes, job, this.options), reason: null };
    } catch (error) {
      if (isDataProblem(error)) return { planes: [], reason: error.message };
      throw failedWhile(`Cannot hash "${job.file}"`, error);
    }
  }
}

interface PlacedJob {
  readonly job: FileJob;
  /** Index of the picture. */
  readonly place: number;
}

function* jobsOf(
  images: readonly ImageFiles[],
  channels: readonly (number | null)[],
): Generator<PlacedJob> {
  for (const [place, image] of images.entries()) {
    for (const job of fileJobs(image, channels)) yield { job, place };
  }
}

/** Scans all files into the table; returns the pictures that cannot be read. */
async function scanFiles(scanner: Scanner): Promise<BrokenImage[]> {
  const { table, options } = scanner, broken: BrokenImage[] = [];
  let done = 0;
  await forEachInFlight(
    jobsOf(table.images, table.channels),
    options.inFlight ?? IN_FLIGHT,
    async ({ job, place }) => {
      const { id, source } = job.image;
      try {
        const { planes, traits, reason } = await scanner.entryOf(job);
        for (const plane of planes) table.set(place, plane, traits);
        if (reason !== null) broken.push({ id, source, file: job.file, reason });
      } catch (error) {
        const reason = unreadableReason(error);
        if (reason === null) throw error;
        broken.push({ id, source, file: job.file, reason });
      }
      options.onProgress?.(++done);
    },
  );
  return broken;
}

/**
 * Hashes pictures. Each file is decoded once for all hashes and several are in flight. A picture that cannot be read is
 * listed and does not end the scan; an error that is no fault of the picture (of a hash plugin, memory or file handles used
 * up) does, and names the file. With a cache, unchanged files are only looked at, and a scan that was killed goes on where
 * it stopped.
 */
export async function scanImages(images: readonly ImageFiles[], options: ScanOptions): Promise<Scan> {
  const sorted = [...images].sort(compareRecords), channels = sortChannels(options.channels);
  const table = new RecordTable(sorted, channels, options.hashes);
  const scanner = new Scanner(options, table);
  let broken: BrokenImage[];
  try {
    broken = await scanFiles(scanner);
    options.cache?.finish?.();
  } finally {
    options.cache?.close();
  }
  return { ...inOrder(table.records(), broken), decoded: scanner.decoded };
}

/** Records are in order but for pictures of one name, such as a.png and a.jpg, whose channels go together. */
function inOrder(records: HashRecord[], broken: BrokenImage[]): Omit<Scan, "decoded"> {
  const byChannel = (a: HashRecord, b: HashRecord) => (a.channel ?? -1) - (b.channel ?? -1);
  records.sort((a, b) => compareRecords(a, b) || byChannel(a, b));
  broken.sort((a, b) => compareRecords(a, b) || (a.file < b.file ? -1 : 1));
  return { records, broken };
}
