import { createHash } from "node:crypto";
import { decodeGray, decodeImage } from "../image/decode.ts";
import type { ImageFiles, Pixels } from "../plugin/contracts.ts";
import { dataProblem } from "../problem.ts";
import { grayPicture, isFlat, measureBrightness } from "./gray_picture.ts";
import { type BrokenImage, compareRecords, type HashRecord, type NamedHash } from "./record.ts";

/** How pictures are scanned. */
export interface ScanOptions {
  readonly hashes: readonly NamedHash[];
  /** Channels hashed, each by itself; null is the picture as gray. */
  readonly channels: readonly (number | null)[];
  /** Pictures in flight; decoding runs on threads of its own. */
  readonly inFlight?: number;
  readonly maxPixels?: number;
  /** Told after each picture. */
  onProgress?(done: number): void;
}

/** What a scan found, in the order of `compareRecords`. */
export interface Scan {
  readonly records: readonly HashRecord[];
  readonly broken: readonly BrokenImage[];
}

/** A file and the channels to hash of it. */
export interface FileJob {
  readonly image: ImageFiles;
  readonly file: string;
  readonly channels: readonly (number | null)[];
}

/** What a file says about one of its channels; the picture's name is not part of it. */
export type PlaneRecord = Omit<HashRecord, "id" | "source" | "file">;

/** Which files hold the channels: one file for all, or one file each. */
export function fileJobs(image: ImageFiles, channels: readonly (number | null)[]): FileJob[] {
  if (image.files.length === 1) return [{ image, file: image.files[0]!, channels }];
  return channels.map((channel) => ({ image, file: image.files[channel ?? 0]!, channels: [channel] }));
}

/** A digest of bytes, 128 bits as hex. */
export function digestBytes(...parts: readonly (Uint8Array | string)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex").slice(0, 32);
}

function takeChannel(pixels: Pixels, channel: number): Pixels {
  const { data, height, width, channels } = pixels;
  if (channels === 1) return pixels;
  if (channel >= channels) throw dataProblem(`it has ${channels} channels and channel ${channel} is needed`);
  const plane = new Uint8Array(height * width);
  for (let i = 0, p = channel; i < plane.length; i++, p += channels) plane[i] = data[p]!;
  return { data: plane, height, width, channels: 1 };
}

async function decodePlanes(bytes: Uint8Array, job: FileJob, options: ScanOptions): Promise<Pixels[]> {
  const limit = options.maxPixels === undefined ? {} : { maxPixels: options.maxPixels };
  const gray = job.image.files.length > 1 || job.channels.every((channel) => channel === null);
  if (gray) return [await decodeGray(bytes, limit)];
  const stored = await decodeImage(bytes, limit);
  return await Promise.all(
    job.channels.map((channel) => channel === null ? decodeGray(bytes, limit) : takeChannel(stored, channel)),
  );
}

function hashPlane(pixels: Pixels, channel: number | null, hashes: readonly NamedHash[]): PlaneRecord {
  const picture = grayPicture(pixels);
  const values = hashes.map(({ name, hash }) => ({ name, ...hash.compute(picture) }));
  const brightness = measureBrightness(picture);
  return {
    channel,
    width: pixels.width,
    height: pixels.height,
    mean: brightness.mean,
    flat: isFlat(brightness),
    digest: digestBytes(`${pixels.width}x${pixels.height}:`, pixels.data),
    hashes: Object.fromEntries(values.map(({ name, hex }) => [name, hex])),
    lowConfidence: values.filter((value) => value.lowConfidence).map(({ name }) => name),
  };
}

/** Decodes a file once and hashes its channels. */
export async function hashFile(
  bytes: Uint8Array,
  job: FileJob,
  options: ScanOptions,
): Promise<PlaneRecord[]> {
  const planes = await decodePlanes(bytes, job, options);
  return planes.map((pixels, index) => hashPlane(pixels, job.channels[index]!, options.hashes));
}

function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "there is no such file";
  return error instanceof Error ? error.message : String(error);
}

/** Runs `work` over all items, `inFlight` at a time; the order of completion does not matter to the results. */
async function forEachInFlight<T>(
  items: readonly T[],
  inFlight: number,
  work: (item: T, index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < items.length) {
      const index = next++;
      await work(items[index]!, index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(inFlight, items.length) }, lane));
}

/**
 * Hashes pictures. Each file is decoded once for all hashes and several are in flight; a picture that cannot be read is
 * listed and never ends the scan.
 */
export async function scanImages(images: readonly ImageFiles[], options: ScanOptions): Promise<Scan> {
  const records: HashRecord[] = [];
  const broken: BrokenImage[] = [];
  const jobs = [...images].sort(compareRecords).flatMap((image) => fileJobs(image, options.channels));
  let done = 0;
  await forEachInFlight(jobs, options.inFlight ?? 4, async (job) => {
    const { id, source } = job.image;
    try {
      const planes = await hashFile(await Deno.readFile(job.file), job, options);
      for (const plane of planes) records.push({ id, source, file: job.file, ...plane });
    } catch (error) {
      broken.push({ id, source, file: job.file, reason: reasonOf(error) });
    }
    options.onProgress?.(++done);
  });
  const byChannel = (a: HashRecord, b: HashRecord) => (a.channel ?? -1) - (b.channel ?? -1);
  records.sort((a, b) => compareRecords(a, b) || byChannel(a, b));
  broken.sort((a, b) => compareRecords(a, b) || (a.file < b.file ? -1 : 1));
  return { records, broken };
}
