/** The files of an image cache: index.json, and for each shard a .bin file of pixels and a .json list of its images. */
import { join } from "@std/path";
import { z } from "zod";
import { dataProblem } from "../base/problem.ts";
import { checkedJsonText, parseCheckedJson } from "../formats/checked_json.ts";
import { writeFileAtomic } from "../base/files.ts";
import { readText } from "../base/read_file.ts";

/** Size and modification time of an image file, to detect stale cache entries. */
const stampSchema = z.strictObject({ size: z.number(), changed: z.number() });

const side = z.int().min(1).max(2 ** 24);
/** Shape of every image in a cache. */
const shape = {
  height: side,
  width: side,
  channels: z.int().min(1).max(2 ** 16),
  /** Bits of a sample; caches from before there were 16 do not say it. */
  depth: z.union([z.literal(8), z.literal(16)]).default(8),
};

const cached = { slot: z.int().min(0), crc32: z.int().min(0), problem: z.null() };
const left = { slot: z.null(), crc32: z.null(), problem: z.string() };
const image = {
  source: z.enum(["train", "external", "test"]),
  id: z.string(),
  files: z.array(stampSchema),
};

/** One image of a shard: its place in the shard and the checksum of its pixels, or why it is not cached. */
const entrySchema = z.union([
  z.strictObject({ ...image, ...cached }),
  z.strictObject({ ...image, ...left }),
]);

const listSchema = z.strictObject({ ...shape, entries: z.array(entrySchema) });
const indexSchema = z.strictObject({ version: z.literal(2), ...shape, shards: z.int().min(0) });

/** One image in a shard's list. */
export type CacheEntry = z.output<typeof entrySchema>;
/** An image that is in its shard. */
export type CachedEntry = Extract<CacheEntry, { readonly slot: number }>;
/** Content of a shard's `.json` file. */
export type ShardList = z.output<typeof listSchema>;
/** Content of index.json. */
export type CacheIndex = z.output<typeof indexSchema>;
/** Height, width, channels and depth of every image in a cache. */
export type CacheShape = Pick<CacheIndex, "height" | "width" | "channels" | "depth">;

/** What mends a cache that is damaged. */
export const MEND_CACHE = "Run `deno task cache_images` with the same config: it makes anew what is damaged";

/** Whether a file of that name belongs to a cache. */
export function isCacheFile(name: string): boolean {
  return /^(index\.json|shard_\d{4,}\.(bin|json))$/.test(name);
}

/** Path of a shard's `.bin` file of pixels, or of its `.json` list of images. */
export function shardPath(folder: string, shard: number, kind: "bin" | "json"): string {
  return join(folder, `shard_${String(shard).padStart(4, "0")}.${kind}`);
}

/** Bytes of one image. */
export function imageBytes({ height, width, channels, depth }: CacheShape): number {
  return height * width * channels * (depth / 8);
}

/** Whether two caches, or a cache and a shard, hold images of one shape. */
export function sameShape(a: CacheShape, b: CacheShape): boolean {
  return a.height === b.height && a.width === b.width && a.channels === b.channels && a.depth === b.depth;
}

/** The images of a list that are in its shard. */
export function cachedEntries({ entries }: ShardList): CachedEntry[] {
  return entries.filter((entry): entry is CachedEntry => entry.slot !== null);
}

async function readChecked<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
): Promise<z.output<Schema>> {
  const text = await readText(path, "table");
  try {
    return schema.parse(parseCheckedJson(text));
  } catch (error) {
    const reason = error instanceof SyntaxError ? error.message : "it is not what cache_images writes";
    throw dataProblem(`Cannot read "${path}": ${reason}`, MEND_CACHE);
  }
}

/** Reads the index. Throws NotFound when there is none, a data problem when it is damaged. */
export async function readCacheIndex(folder: string): Promise<CacheIndex> {
  return await readChecked(join(folder, "index.json"), indexSchema);
}

/** Reads a shard's list. Throws NotFound when there is none, a data problem when it is damaged. */
export async function readShardList(folder: string, shard: number): Promise<ShardList> {
  return await readChecked(shardPath(folder, shard, "json"), listSchema);
}

/** Writes the index; a cache without one is incomplete. */
export async function writeCacheIndex(folder: string, index: CacheIndex): Promise<void> {
  await writeFileAtomic(join(folder, "index.json"), checkedJsonText(index));
}

/** Writes a shard's list; a shard without one is incomplete. */
export async function writeShardList(folder: string, shard: number, list: ShardList): Promise<void> {
  await writeFileAtomic(shardPath(folder, shard, "json"), checkedJsonText(list));
}
