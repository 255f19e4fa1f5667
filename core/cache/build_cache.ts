import { join } from "@std/path";
import { pathExists, writeFileAtomic } from "../base/files.ts";
import { readExamplePixels } from "../image/decode.ts";
import { resize } from "../image/resize.ts";
import type { ImageFiles } from "../base/example.ts";
import type { Pixels, Shape } from "../base/pixels.ts";
import { dataProblem, Problem } from "../base/problem.ts";
import {
  CACHE_INDEX,
  type CacheEntry,
  type CacheIndex,
  indexSchema,
  sameStamps,
  shardName,
  shardSchema,
  stampFiles,
} from "../data/image_cache.ts";

/** Options of {@link buildImageCache}. */
export interface CacheRequest {
  readonly folder: string;
  /** Images, in any order. */
  readonly images: readonly ImageFiles[];
  readonly channels: number;
  readonly maxPixels: number;
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
}

const SHARD_BYTES = 256 * 2 ** 20;

interface Build extends CacheRequest {
  readonly shape: Shape;
}

async function decode(files: ImageFiles, request: CacheRequest): Promise<Pixels | Problem> {
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

/** Why an image cannot be cached, or null. */
function problemOf(pixels: Pixels | Problem, shape: Shape): string | null {
  if (pixels instanceof Problem) return pixels.message;
  if (pixels.height === shape.height && pixels.width === shape.width) return null;
  return `it is ${pixels.width} x ${pixels.height}, the first picture ${shape.width} x ${shape.height}`;
}

async function makeEntry(files: ImageFiles, found: Pixels | Problem, shape: Shape): Promise<CacheEntry> {
  const stamps = await stampFiles(files.files);
  return {
    source: files.source,
    id: files.id,
    files: stamps ?? [],
    slot: null,
    problem: problemOf(found, shape),
  };
}

/**
 * Whether an earlier build used the same shape. An interrupted build has no index; its shards are then checked alone.
 */
async function sameShape({ folder, shape, channels }: Build): Promise<boolean> {
  const path = join(folder, CACHE_INDEX);
  if (!(await pathExists(path))) return true;
  const index = indexSchema.parse(JSON.parse(await Deno.readTextFile(path)));
  return index.height === shape.height && index.width === shape.width && index.channels === channels;
}

/** The entries of a shard that is up to date (same images, files unchanged, expected size), or null. */
async function readValidShard(
  build: Build,
  shard: number,
  images: readonly ImageFiles[],
): Promise<CacheEntry[] | null> {
  const path = join(build.folder, shardName(shard));
  if (!(await pathExists(`${path}.json`)) || !(await pathExists(`${path}.bin`))) return null;
  const { entries } = shardSchema.parse(JSON.parse(await Deno.readTextFile(`${path}.json`)));
  const { size } = await Deno.stat(`${path}.bin`);
  const cached = entries.filter(({ slot }) => slot !== null).length;
  if (entries.length !== images.length || size !== cached * bytesOf(build)) return null;
  for (const [i, files] of images.entries()) {
    const entry = entries[i]!;
    if (entry.id !== files.id || entry.source !== files.source) return null;
    const stamps = await stampFiles(files.files);
    if (stamps === null || !sameStamps(stamps, entry.files)) return null;
  }
  return entries;
}

function bytesOf({ shape, channels }: Build): number {
  return shape.height * shape.width * channels;
}

async function writeShard(build: Build, shard: number, work: {
  readonly images: readonly ImageFiles[];
  readonly onPicture: () => void;
}): Promise<CacheEntry[]> {
  const path = join(build.folder, shardName(shard));
  const { images, onPicture } = work;
  const inFlight = build.inFlight ?? 4;
  const temporary = `${path}.bin.${Deno.pid}.part`;
  const file = await Deno.open(temporary, { write: true, create: true, truncate: true });
  const entries: CacheEntry[] = [];
  let slots = 0;
  try {
    for (let start = 0; start < images.length; start += inFlight) {
      const group = images.slice(start, start + inFlight);
      const decoded = await Promise.all(group.map((files) => decode(files, build)));
      for (const [i, found] of decoded.entries()) {
        const entry = await makeEntry(group[i]!, found, build.shape);
        if (entry.problem === null) await writeAll(file, (found as Pixels).data);
        entries.push({ ...entry, slot: entry.problem === null ? slots++ : null });
        onPicture();
      }
    }
    await file.sync();
  } finally {
    file.close();
  }
  await Deno.rename(temporary, `${path}.bin`);
  // The entry list is written last: a shard without one is rebuilt.
  await writeFileAtomic(`${path}.json`, JSON.stringify({ entries }) + "\n");
  return entries;
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) written += await file.write(bytes.subarray(written));
}

function sortImages(images: readonly ImageFiles[]): ImageFiles[] {
  const key = ({ source, id }: ImageFiles) => `${source}/${id}`;
  return [...images].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

/**
 * Decodes images once into shards of raw bytes. Shards that are up to date are kept, so an interrupted build resumes
 * and a repeated build does nothing.
 *
 * @throws a data problem when no image can be decoded
 */
export async function buildImageCache(request: CacheRequest): Promise<CacheReport> {
  const images = sortImages(request.images);
  const build: Build = { ...request, shape: await findShape(request, images) };
  await Deno.mkdir(request.folder, { recursive: true });
  const perShard = Math.max(1, Math.floor((request.shardBytes ?? SHARD_BYTES) / bytesOf(build)));
  const reusable = await sameShape(build);
  const all: CacheEntry[] = [];
  let done = 0, kept = 0, shard = 0;
  const onPicture = () => request.onProgress?.(++done);
  for (let start = 0; start < images.length; start += perShard, shard++) {
    const part = images.slice(start, start + perShard);
    const known = reusable ? await readValidShard(build, shard, part) : null;
    if (known) {
      kept++;
      part.forEach(onPicture);
    }
    all.push(...known ?? await writeShard(build, shard, { images: part, onPicture }));
  }
  const { height, width } = build.shape;
  const index: CacheIndex = { version: 1, height, width, channels: request.channels, shards: shard };
  await writeFileAtomic(join(request.folder, CACHE_INDEX), JSON.stringify(index) + "\n");
  const left = all.flatMap(({ id, problem }) => (problem === null ? [] : [{ id, problem }]));
  return { index, cached: all.length - left.length, left, kept };
}
