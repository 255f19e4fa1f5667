import { join } from "@std/path";
import { z } from "zod";
import type { Output } from "../base/output.ts";
import type { ImageFiles, Source } from "../base/example.ts";
import type { Layout } from "../plugin/contracts.ts";
import type { Registry } from "../plugin/registry.ts";
import { layoutFlags } from "../layout/layout_flags.ts";
import { dataProblem } from "../base/problem.ts";
import { HashCache, type KnownFiles } from "./hash_cache.ts";
import { digestBytes } from "./hash_file.ts";
import type { NamedHash } from "./record.ts";
import { type Scan, scanImages } from "./scan.ts";
import { MergedShards, parseShard, shardPath, ShardWriter, takeShard } from "./shards.ts";

/** Changes whenever entries of an older version would be wrong. */
const VERSION = 2;

/** Flags of every task that scans pictures. */
export const scanFlags = z.strictObject({
  ...layoutFlags.shape,
  hashes: z.string().default("ahash,phash").describe("Names of hash plugins, comma separated"),
  hash_size: z.union([z.literal("8"), z.literal("16")]).default("8").describe(
    "Side of a hash: 8 has 64 bits, 16 has 256",
  ),
  channels: z.enum(["default", "all"]).default("default").describe(
    "default: the layout's hash channel; all: each by itself",
  ),
  max_pixels: z.int().min(1).default(100_000_000).describe("Larger pictures are listed, not decoded"),
  cache: z.boolean().default(true).describe("Keep what was found for the next run; --no-cache to do without"),
  shard: z.string().optional().describe("Hash part i of n of all images only, as i/n; joined by --merge"),
  merge: z.boolean().default(false).describe("Join the parts made with --shard"),
});

/** Values of those flags. */
export type ScanFlags = z.output<typeof scanFlags>;

/** What of a layout is scanned. */
export interface ScanLayoutOptions {
  readonly sources: readonly Source[];
  readonly hashes: readonly NamedHash[];
  readonly output: Output;
  readonly flags: ScanFlags;
}

/** A scan with the list of pictures it went over. */
export interface LayoutScan extends Scan {
  readonly images: readonly ImageFiles[];
}

/** The hashes of `--hashes`. Throws a config problem on an unknown name. */
export function namedHashes(registry: Registry, flags: ScanFlags): NamedHash[] {
  const size = Number(flags.hash_size);
  const names = flags.hashes.split(",").map((name) => name.trim()).filter((name) => name !== "");
  return [...new Set(names)].map((name) => ({
    name,
    hash: registry.get("hashes", name).create({ size }, {}),
  }));
}

/** Channels to hash: the layout's hash channel (null: the picture as gray), or each. */
export function hashChannels(layout: Layout, flags: ScanFlags): (number | null)[] {
  return flags.channels === "all" ? layout.channels.map((_, channel) => channel) : [layout.hashChannel];
}

/** Stands for everything that entries depend on beside the files. */
function setupKey(
  hashes: readonly NamedHash[],
  channels: readonly (number | null)[],
  flags: ScanFlags,
): string {
  const setup = [VERSION, hashes.map(({ name, hash }) => [name, hash.bits]), channels, flags.max_pixels];
  return digestBytes(JSON.stringify(setup)).slice(0, 8);
}

/** A picture by gray files of some of its channels; the paths of the others are those of the picture. */
class GrayImage implements ImageFiles {
  constructor(readonly image: ImageFiles, readonly gray: readonly (string | null)[]) {}

  get id(): string {
    return this.image.id;
  }

  get source(): Source {
    return this.image.source;
  }

  get files(): string[] {
    const whole = this.image.files[0]!;
    return this.gray.map((file) => file ?? whole);
  }
}

/** The picture by its gray files where the layout has one for every channel that is hashed. */
async function preferGray(
  layout: Layout,
  image: ImageFiles,
  channels: readonly (number | null)[],
): Promise<ImageFiles> {
  if (image.files.length > 1 || !layout.channelFile) return image;
  const files: (string | null)[] = layout.channels.map(() => null);
  for (const channel of channels) {
    const file = channel === null ? null : await layout.channelFile(image.id, image.source, channel);
    if (channel === null || file === null) return image;
    files[channel] = file;
  }
  return new GrayImage(image, files);
}

async function listAll(
  layout: Layout,
  sources: readonly Source[],
  channels: readonly (number | null)[],
): Promise<ImageFiles[]> {
  const images: ImageFiles[] = [];
  for (const source of sources) {
    for (const image of await layout.listImages(source)) {
      images.push(await preferGray(layout, image, channels));
    }
  }
  if (images.length > 0) return images;
  throw dataProblem(
    `Cannot scan "${layout.dir}": the layout ${layout.name} finds no image there (${sources.join(", ")})`,
    "Put the images where the layout expects them, or name another layout with --layout",
  );
}

async function openKnown(layout: Layout, key: string, flags: ScanFlags): Promise<KnownFiles | null> {
  if (flags.merge) return await MergedShards.open(layout.dir, key);
  const cache = flags.cache || flags.shard
    ? await HashCache.open(join(layout.dir, `.hash_cache.${key}.jsonl`))
    : null;
  if (!flags.shard || !cache) return cache;
  return new ShardWriter(shardPath(layout.dir, key, parseShard(flags.shard)), cache);
}

/**
 * Hashes the pictures of a layout: its hash channel, or the whole picture as gray when it names none. With `shard` only a
 * part of all pictures, whatever the sources; with `merge` nothing is decoded, all parts are read.
 */
export async function scanLayout(layout: Layout, options: ScanLayoutOptions): Promise<LayoutScan> {
  const { flags, hashes, output } = options;
  const channels = hashChannels(layout, flags);
  const all = await listAll(layout, flags.shard ? ["train", "external", "test"] : options.sources, channels);
  const images = flags.shard ? takeShard(all, parseShard(flags.shard)) : all;
  const known = await openKnown(layout, setupKey(hashes, channels, flags), flags);
  const progress = output.progress("hashing images", images.length);
  const scan = await scanImages(images, {
    dir: layout.dir,
    hashes,
    channels,
    maxPixels: flags.max_pixels,
    ...(known ? { cache: known } : {}),
    onProgress: (done) => progress.update(done),
  });
  progress.end();
  return { ...scan, images };
}
