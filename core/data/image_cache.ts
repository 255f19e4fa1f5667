import { crc32 } from "node:zlib";
import type { ImageFiles } from "../base/example.ts";
import { listFiles, pathExists } from "../base/files.ts";
import type { AnyPixels, Depth } from "../base/pixels.ts";
import { configProblem, dataProblem } from "../base/problem.ts";
import { unreadableReason } from "../base/system_error.ts";
import {
  cachedEntries,
  type CachedEntry,
  type CacheEntry,
  type CacheIndex,
  type CacheShape,
  imageBytes,
  isCacheFile,
  MEND_CACHE,
  readCacheIndex,
  readShardList,
  sameShape,
  type ShardList,
  shardPath,
} from "./cache_files.ts";

/** Size and modification time of an image's files; null when a file is missing or cannot be looked at. */
export async function stampFiles(files: readonly string[]): Promise<CacheEntry["files"] | null> {
  try {
    const stats = await Promise.all(files.map((path) => Deno.stat(path)));
    return stats.map(({ size, mtime }) => ({ size, changed: mtime?.getTime() ?? 0 }));
  } catch (error) {
    if (unreadableReason(error) !== null) return null;
    throw error;
  }
}

/** Whether two lists of stamps are equal. */
export function sameStamps(a: CacheEntry["files"], b: CacheEntry["files"]): boolean {
  return a.length === b.length &&
    a.every(({ size, changed }, i) => size === b[i]!.size && changed === b[i]!.changed);
}

/** Pixels of images, one after the other in a file. */
export class ShardPixels {
  readonly #file: Deno.FsFile;

  constructor(path: string) {
    this.#file = Deno.openSync(path);
  }

  /** The pixels of an image; null when they do not fit their checksum or the file ends before. */
  read({ slot, crc32: expected }: CachedEntry, bytes: number): Uint8Array | null {
    const data = new Uint8Array(bytes);
    this.#file.seekSync(slot * bytes, Deno.SeekMode.Start);
    for (let filled = 0; filled < bytes;) {
      const count = this.#file.readSync(data.subarray(filled));
      if (count === null) return null;
      filled += count;
    }
    return crc32(data) === expected ? data : null;
  }

  /** Closes the file. */
  close(): void {
    this.#file.close();
  }
}

function keyOf({ source, id }: { readonly source: string; readonly id: string }): string {
  return `${source}/${id}`;
}

/** Location of an image in the cache. */
interface Place {
  readonly shard: number;
  readonly entry: CachedEntry;
  /** Whether its files have been checked for changes. */
  checked: boolean;
}

/** Cache of decoded images of equal shape in a few large shard files. */
export class ImageCache {
  readonly #places = new Map<string, Place>();
  readonly #open = new Map<number, ShardPixels>();
  readonly #folder: string;
  readonly #shape: CacheShape;
  readonly #report: (message: string) => void;

  /**
   * @param lists the lists of the shards in order, empty for shards that cannot be used
   * @param options.report told, once for each damaged image, of its shard
   */
  constructor(
    folder: string,
    lists: readonly ShardList[],
    { shape, report }: { readonly shape: CacheShape; readonly report: (message: string) => void },
  ) {
    this.#folder = folder;
    this.#shape = shape;
    this.#report = report;
    for (const [shard, list] of lists.entries()) {
      for (const entry of cachedEntries(list)) {
        this.#places.set(keyOf(entry), { shard, entry, checked: false });
      }
    }
  }

  /** Number of cached images. */
  get size(): number {
    return this.#places.size;
  }

  /**
   * Reads an image; null when it is not cached, its files have changed since, or its pixels are damaged. Files are
   * checked at the first read only; missing files count as unchanged.
   */
  async read(files: ImageFiles): Promise<AnyPixels | null> {
    const key = keyOf(files);
    const place = this.#places.get(key);
    if (!place) return null;
    const changed = !place.checked && await this.#hasChanged(files, place);
    place.checked = true;
    const data = changed ? null : this.#pixelsOf(place.shard).read(place.entry, imageBytes(this.#shape));
    if (data) return pictureOf(data, this.#shape);
    this.#places.delete(key);
    if (!changed) this.#report(damagedShard(this.#folder, place.shard));
    return null;
  }

  async #hasChanged(files: ImageFiles, { entry }: Place): Promise<boolean> {
    const stamps = await stampFiles(files.files);
    return stamps !== null && !sameStamps(stamps, entry.files);
  }

  #pixelsOf(shard: number): ShardPixels {
    const pixels = this.#open.get(shard) ?? new ShardPixels(shardPath(this.#folder, shard, "bin"));
    this.#open.set(shard, pixels);
    return pixels;
  }

  /** Closes the shard files. */
  close(): void {
    for (const pixels of this.#open.values()) pixels.close();
    this.#open.clear();
  }
}

/** The bytes of an image as a picture; 16-bit samples are stored with the low byte first. */
function pictureOf(bytes: Uint8Array, { height, width, channels, depth }: CacheShape): AnyPixels {
  if (depth === 8) return { data: bytes, height, width, channels };
  return { data: new Uint16Array(bytes.buffer), height, width, channels };
}

function damagedShard(folder: string, shard: number): string {
  return `"${
    shardPath(folder, shard, "bin")
  }" is damaged: images that do not fit their checksums are read from ` +
    "their files; `deno task cache_images` mends it";
}

/** Lists of as many shards as the index says and the folder holds. */
async function readLists(folder: string, { shards }: CacheIndex): Promise<ShardList[]> {
  const present =
    (await listFiles(folder)).filter((name) => isCacheFile(name) && name.endsWith(".bin")).length;
  if (shards > present) throw new Deno.errors.NotFound();
  return await Promise.all(Array.from({ length: shards }, (_, shard) => readShardList(folder, shard)));
}

/** Whether a shard has the bytes that its list says; images of another one are not looked for in it. */
async function fits(folder: string, shard: number, list: ShardList): Promise<boolean> {
  const path = shardPath(folder, shard, "bin");
  const size = await pathExists(path) ? (await Deno.stat(path)).size : -1;
  return size === cachedEntries(list).length * imageBytes(list);
}

/** What to do where a cache is of no use to the config. */
const DO_WITHOUT = "Run `deno task cache_images` with the same config, or set data.cache to null";

async function readFiles(folder: string): Promise<{ index: CacheIndex; lists: ShardList[] }> {
  try {
    const index = await readCacheIndex(folder);
    const lists = await readLists(folder, index);
    if (lists.every((list) => sameShape(list, index))) return { index, lists };
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw configProblem(
      `Cannot open the image cache "${folder}": there is none, or it is incomplete`,
      DO_WITHOUT,
    );
  }
  throw dataProblem(`Cannot open the image cache "${folder}": its images have several shapes`, MEND_CACHE);
}

/**
 * Opens a cache made by `cache_images`. Damaged pixels are left out, which the cache tells `report`.
 *
 * @throws a config problem when the cache is missing, incomplete, of other channels or another depth; a data problem when its index or
 * a list is damaged
 */
export async function openImageCache(
  folder: string,
  channels: number,
  { report = () => {}, depth = 8 }: {
    readonly report?: (message: string) => void;
    readonly depth?: Depth;
  } = {},
): Promise<ImageCache> {
  const { index, lists } = await readFiles(folder), wanted = { channels, depth };
  for (const [key, name] of [["channels", "channels"], ["depth", "bits a sample"]] as const) {
    if (index[key] === wanted[key]) continue;
    throw configProblem(
      `Cannot use the image cache "${folder}": it has ${index[key]} ${name}, the data ${wanted[key]}`,
      DO_WITHOUT,
    );
  }
  const usable = await Promise.all(lists.map(async (list, shard) => {
    if (await fits(folder, shard, list)) return list;
    report(damagedShard(folder, shard));
    return { ...list, entries: [] };
  }));
  return new ImageCache(folder, usable, { shape: index, report });
}
