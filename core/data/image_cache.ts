import { join } from "@std/path";
import { z } from "zod";
import type { ImageFiles } from "../base/example.ts";
import type { Pixels } from "../base/pixels.ts";
import { configProblem, dataProblem } from "../base/problem.ts";

/** Size and modification time of an image file, to detect stale cache entries. */
const stampSchema = z.strictObject({ size: z.number(), changed: z.number() });

/** Schema of one entry in a shard's list. */
const entrySchema = z.strictObject({
  source: z.enum(["train", "external", "test"]),
  id: z.string(),
  files: z.array(stampSchema),
  /** Index of the image in the shard; null when not cached, with the reason in `problem`. */
  slot: z.number().nullable(),
  problem: z.string().nullable(),
});

/** Schema of a shard's `.json` file. */
export const shardSchema = z.strictObject({ entries: z.array(entrySchema) });

/** Schema of index.json. */
export const indexSchema = z.strictObject({
  version: z.literal(1),
  height: z.number(),
  width: z.number(),
  channels: z.number(),
  shards: z.number(),
});

/** One image in a shard's list. */
export type CacheEntry = z.output<typeof entrySchema>;
/** Content of index.json. */
export type CacheIndex = z.output<typeof indexSchema>;

/** File name of the cache index. */
export const CACHE_INDEX = "index.json";

/** File name of a shard without extension: `.bin` holds the pixels, `.json` the entry list. */
export function shardName(shard: number): string {
  return `shard_${String(shard).padStart(4, "0")}`;
}

/** Size and modification time of an image's files; null when a file is missing. */
export async function stampFiles(files: readonly string[]): Promise<CacheEntry["files"] | null> {
  try {
    const stats = await Promise.all(files.map((path) => Deno.stat(path)));
    return stats.map(({ size, mtime }) => ({ size, changed: mtime?.getTime() ?? 0 }));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** Whether two lists of stamps are equal. */
export function sameStamps(a: CacheEntry["files"], b: CacheEntry["files"]): boolean {
  return a.length === b.length &&
    a.every(({ size, changed }, i) => size === b[i]!.size && changed === b[i]!.changed);
}

function keyOf({ source, id }: { readonly source: string; readonly id: string }): string {
  return `${source}/${id}`;
}

/** Location of an image in the cache. */
interface Place {
  readonly shard: number;
  readonly slot: number;
  readonly files: CacheEntry["files"];
  /** Whether its files have been checked for changes. */
  checked: boolean;
}

/** Cache of decoded images of equal shape in a few large shard files. */
export class ImageCache {
  readonly #places = new Map<string, Place>();
  readonly #open = new Map<number, Deno.FsFile>();

  constructor(
    readonly folder: string,
    readonly index: CacheIndex,
    lists: readonly (readonly CacheEntry[])[],
  ) {
    for (const [shard, entries] of lists.entries()) {
      for (const entry of entries) {
        if (entry.slot !== null) {
          this.#places.set(keyOf(entry), { shard, slot: entry.slot, files: entry.files, checked: false });
        }
      }
    }
  }

  /** Number of cached images. */
  get size(): number {
    return this.#places.size;
  }

  /**
   * Reads an image; null when it is not cached or its files have changed since. Files are checked at the first read
   * only; missing files count as unchanged.
   */
  async read(files: ImageFiles): Promise<Pixels | null> {
    const key = keyOf(files);
    const place = this.#places.get(key);
    if (!place) return null;
    if (!place.checked && await this.#hasChanged(files, place)) {
      this.#places.delete(key);
      return null;
    }
    place.checked = true;
    return this.#readSlot(place.shard, place.slot);
  }

  async #hasChanged(files: ImageFiles, place: Place): Promise<boolean> {
    const stamps = await stampFiles(files.files);
    return stamps !== null && !sameStamps(stamps, place.files);
  }

  #readSlot(shard: number, slot: number): Pixels {
    const { height, width, channels } = this.index;
    const data = new Uint8Array(height * width * channels);
    const file = this.#open.get(shard) ?? Deno.openSync(join(this.folder, `${shardName(shard)}.bin`));
    this.#open.set(shard, file);
    file.seekSync(slot * data.length, Deno.SeekMode.Start);
    for (let filled = 0; filled < data.length;) {
      const count = file.readSync(data.subarray(filled));
      if (count === null) {
        throw dataProblem(
          `Cannot read "${this.folder}": ${shardName(shard)}.bin is cut off`,
          "Run cache_images again",
        );
      }
      filled += count;
    }
    return { data, height, width, channels };
  }

  /** Closes the shard files. */
  close(): void {
    for (const file of this.#open.values()) file.close();
    this.#open.clear();
  }
}

async function readJson<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.output<Schema>> {
  return schema.parse(JSON.parse(await Deno.readTextFile(path)));
}

/** Opens a cache made by `cache_images`. Throws a config problem when it is missing or incomplete. */
export async function openImageCache(folder: string, channels: number): Promise<ImageCache> {
  const next = "Run `deno task cache_images` with the same config, or set data.cache to null";
  let index: CacheIndex, lists: CacheEntry[][];
  try {
    index = await readJson(join(folder, CACHE_INDEX), indexSchema);
    const shards = Array.from(
      { length: index.shards },
      (_, shard) => join(folder, `${shardName(shard)}.json`),
    );
    lists = (await Promise.all(shards.map((path) => readJson(path, shardSchema)))).map(({ entries }) =>
      entries
    );
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    const absent = error instanceof Deno.errors.NotFound;
    const reason = absent ? "there is none, or it is incomplete" : (error as Error).message.split("\n")[0];
    throw configProblem(`Cannot open the image cache "${folder}": ${reason}`, next);
  }
  if (index.channels !== channels) {
    throw configProblem(
      `Cannot use the image cache "${folder}": it has ${index.channels} channels, the data ${channels}`,
      next,
    );
  }
  return new ImageCache(folder, index, lists);
}
