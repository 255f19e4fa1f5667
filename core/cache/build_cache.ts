import { crc32 } from "node:zlib";
import { pathExists } from "../base/files.ts";
import { readExamplePixels } from "../image/decode.ts";
import type { ImageDecoder } from "../image/decoders/image_decoder.ts";
import { resize } from "../image/resize.ts";
import type { ImageFiles } from "../base/example.ts";
import type { AnyPixels, Depth, Shape } from "../base/pixels.ts";
import { dataProblem, isDataProblem, Problem } from "../base/problem.ts";
import { removeLeftParts, writeAll, writeWhole } from "../base/part_files.ts";
import {
  cachedEntries,
  type CacheEntry,
  type CacheIndex,
  type CacheShape,
  imageBytes,
  isCacheFile,
  readCacheIndex,
  readShardList,
  sameShape,
  type ShardList,
  shardPath,
  writeCacheIndex,
  writeShardList,
} from "../data/cache_files.ts";
import { sameStamps, ShardPixels, stampFiles } from "../data/image_cache.ts";

/** Options of {@link buildImageCache}. */
export interface CacheRequest {
  readonly folder: string;
  /** Images, in any order. */
  readonly images: readonly ImageFiles[];
  readonly channels: number;
  readonly maxPixels: number;
  /** Bits of a sample; 8 when left out. */
  readonly depth?: Depth;
  /** Decoders of further formats. */
  readonly decoders?: readonly ImageDecoder[];
  /**
   * Side that images are resized to, in pixels; null keeps the original size, which must be the same for all images.
   */
  readonly size: number | null;
  /** Maximum shard size in bytes; a shard holds at least one image. */
  readonly shardBytes?: number;
  /** Number of images decoded concurrently. */
  readonly inFlight?: number;
  readonly onProgress?: (done: number) => void;
}

/** Result of {@link buildImageCache}. */
export interface CacheReport {
  readonly index: CacheIndex;
  readonly cached: number;
  /** Images that could not be cached, with the reason; loaders read them from their files. */
  readonly left: readonly { readonly id: string; readonly problem: string }[];
  /** Shards that were already up to date. */
  readonly kept: number;
  /** What was wrong with files of an earlier cache that were made anew, a line each. */
  readonly damaged: readonly string[];
}

const SHARD_BYTES = 256 * 2 ** 20;

interface Build extends CacheRequest {
  readonly shape: CacheShape;
  readonly damaged: string[];
}

async function decode(files: ImageFiles, request: CacheRequest): Promise<AnyPixels | Problem> {
  try {
    const pixels = await readExamplePixels(files, request);
    return request.size === null ? pixels : resize(pixels, request.size, request.size);
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
}

/** Common image shape: the requested size, or that of the first decodable image. */
async function findShape(request: CacheRequest, images: readonly ImageFiles[]): Promise<Shape> {
  if (request.size !== null) return { height: request.size, width: request.size };
  for (const files of images) {
    const pixels = await decode(files, request);
    if (!(pixels instanceof Problem)) return { height: pixels.height, width: pixels.width };
  }
  throw dataProblem("Cannot cache images: none can be decoded", "Look at data.dir");
}

/** The bytes that are stored of an image; of 16-bit samples the low one first. */
function bytesOf({ data }: AnyPixels): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Why an image cannot be cached, or null. */
function problemOf(pixels: AnyPixels | Problem, shape: Shape): string | null {
  if (pixels instanceof Problem) return pixels.message;
  if (pixels.height === shape.height && pixels.width === shape.width) return null;
  return `it is ${pixels.width} x ${pixels.height}, the first picture ${shape.width} x ${shape.height}`;
}

async function makeEntry(
  files: ImageFiles,
  found: AnyPixels | Problem,
  { shape, slot }: { readonly shape: Shape; readonly slot: number },
): Promise<CacheEntry> {
  const { source, id } = files;
  const image = { source, id, files: await stampFiles(files.files) ?? [] };
  const problem = problemOf(found, shape);
  if (problem !== null) return { ...image, slot: null, crc32: null, problem };
  return { ...image, slot, crc32: crc32(bytesOf(found as AnyPixels)), problem };
}

/** What a file of an earlier cache holds; null when it is missing, or damaged, which the report tells. */
async function readEarlier<Content>(build: Build, read: () => Promise<Content>): Promise<Content | null> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    if (!isDataProblem(error)) throw error;
    build.damaged.push(`${error.message}; it is made anew`);
    return null;
  }
}

/** Whether a list is of these images, of this shape, and their files have not changed. */
async function isUpToDate(build: Build, list: ShardList, images: readonly ImageFiles[]): Promise<boolean> {
  if (!sameShape(list, build.shape) || list.entries.length !== images.length) return false;
  for (const [i, files] of images.entries()) {
    const entry = list.entries[i]!;
    if (entry.id !== files.id || entry.source !== files.source) return false;
    const stamps = await stampFiles(files.files);
    if (stamps === null || !sameStamps(stamps, entry.files)) return false;
  }
  return true;
}

/** Whether the pixels of a shard fit their checksums. */
function isWhole(path: string, list: ShardList): boolean {
  const pixels = new ShardPixels(path);
  try {
    return cachedEntries(list).every((entry) => pixels.read(entry, imageBytes(list)) !== null);
  } finally {
    pixels.close();
  }
}

/** The entries of a shard that is up to date and whole, or null. */
async function readValidShard(
  build: Build,
  shard: number,
  images: readonly ImageFiles[],
): Promise<CacheEntry[] | null> {
  const { folder } = build, path = shardPath(folder, shard, "bin");
  const list = await readEarlier(build, () => readShardList(folder, shard));
  if (list === null || !(await pathExists(path)) || !(await isUpToDate(build, list, images))) return null;
  if (isWhole(path, list)) return list.entries;
  build.damaged.push(`Cannot use "${path}": it does not fit the checksums of its list; it is made anew`);
  return null;
}

interface ShardWork {
  readonly images: readonly ImageFiles[];
  readonly onPicture: () => void;
}

async function writePixels(
  file: Deno.FsFile,
  build: Build,
  work: ShardWork & { readonly path: string },
): Promise<CacheEntry[]> {
  const { images, onPicture, path } = work, inFlight = build.inFlight ?? 4;
  const entries: CacheEntry[] = [];
  let slots = 0;
  for (let start = 0; start < images.length; start += inFlight) {
    const group = images.slice(start, start + inFlight);
    const decoded = await Promise.all(group.map((files) => decode(files, build)));
    for (const [i, found] of decoded.entries()) {
      const entry = await makeEntry(group[i]!, found, { shape: build.shape, slot: slots });
      entries.push(entry);
      if (entry.slot !== null) {
        await writeAll(file, bytesOf(found as AnyPixels), path);
        slots++;
      }
      onPicture();
    }
  }
  return entries;
}

async function writeShard(build: Build, shard: number, work: ShardWork): Promise<CacheEntry[]> {
  const { folder, shape } = build;
  const path = shardPath(folder, shard, "bin");
  const entries = await writeWhole(path, (file) => writePixels(file, build, { ...work, path }));
  // The entry list is written last: a shard without one is rebuilt.
  await writeShardList(folder, shard, { ...shape, entries });
  return entries;
}

function sortImages(images: readonly ImageFiles[]): ImageFiles[] {
  const key = ({ source, id }: ImageFiles) => `${source}/${id}`;
  return [...images].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** Keeps the shards that are up to date and writes the others. */
async function buildShards(
  build: Build,
  images: readonly ImageFiles[],
): Promise<Pick<CacheReport, "kept"> & { shards: number; entries: CacheEntry[] }> {
  const perShard = Math.max(1, Math.floor((build.shardBytes ?? SHARD_BYTES) / imageBytes(build.shape)));
  const entries: CacheEntry[] = [];
  let done = 0, kept = 0, shards = 0;
  const onPicture = () => build.onProgress?.(++done);
  for (let start = 0; start < images.length; start += perShard, shards++) {
    const part = images.slice(start, start + perShard);
    const known = await readValidShard(build, shards, part);
    if (known) {
      kept++;
      part.forEach(onPicture);
    }
    entries.push(...known ?? await writeShard(build, shards, { images: part, onPicture }));
  }
  return { shards, kept, entries };
}

/**
 * Decodes images once into shards of raw bytes. Shards that are up to date and whole are kept, so an interrupted build
 * resumes and a repeated build writes nothing; damaged files are told and made anew.
 *
 * @throws a data problem when no image can be decoded
 */
export async function buildImageCache(request: CacheRequest): Promise<CacheReport> {
  const images = sortImages(request.images), { folder, channels, depth = 8 } = request;
  const { height, width } = await findShape(request, images);
  const build: Build = { ...request, shape: { height, width, channels, depth }, damaged: [] };
  await removeLeftParts(folder, isCacheFile);
  await readEarlier(build, () => readCacheIndex(folder));
  const { shards, kept, entries } = await buildShards(build, images);
  const index: CacheIndex = { version: 2, ...build.shape, shards };
  await writeCacheIndex(folder, index);
  const left = entries.flatMap(({ id, problem }) => (problem === null ? [] : [{ id, problem }]));
  return { index, cached: entries.length - left.length, left, kept, damaged: build.damaged };
}
