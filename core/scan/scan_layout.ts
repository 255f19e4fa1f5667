import { join } from "@std/path";
import type { Output } from "../base/output.ts";
import type { ImageFiles, Source } from "../base/example.ts";
import type { ImageDecoder } from "../image/decoders/image_decoder.ts";
import type { Layout } from "../plugin/contracts.ts";
import type { Registry } from "../plugin/registry.ts";
import { dataProblem } from "../base/problem.ts";
import { HashCache, type KnownFiles } from "./hash_cache.ts";
import { digestBytes } from "./hash_file.ts";
import type { NamedHash } from "./record.ts";
import { type Scan, scanImages } from "./scan.ts";
import type { ScanSettings } from "./scan_settings.ts";
import { MergedShards, type Shard, shardPath, ShardWriter, takeShard } from "./shards.ts";

/** Changes whenever entries of an older version would be wrong; 2 took every error for a broken picture. */
const VERSION = 3;

/** What of a layout is scanned. */
export interface ScanLayoutOptions {
  readonly sources: readonly Source[];
  readonly hashes: readonly NamedHash[];
  readonly output: Output;
  readonly settings: ScanSettings;
  /** Decoders of further formats. */
  readonly decoders?: readonly ImageDecoder[];
  /** Hash this part of the pictures alone, and write it to a file of its own. */
  readonly shard?: Shard;
  /** Decode nothing: join the parts that are there. */
  readonly merge?: boolean;
}

/** A scan with the list of pictures it went over. */
export interface LayoutScan extends Scan {
  readonly images: readonly ImageFiles[];
}

/** The hashes that settings name, each once. Throws a config problem on an unknown name. */
export function namedHashes(
  registry: Registry,
  settings: Pick<ScanSettings, "hashes" | "hashSize">,
): NamedHash[] {
  return [...new Set(settings.hashes)].map((name) => ({
    name,
    hash: registry.get("hashes", name).create({ size: settings.hashSize }, {}),
  }));
}

/** Channels to hash: the layout's hash channel (null: the picture as gray), or each. */
function hashChannels(layout: Layout, settings: ScanSettings): (number | null)[] {
  return settings.channels === "all" ? layout.channels.map((_, channel) => channel) : [layout.hashChannel];
}

/** Stands for everything that entries depend on beside the files. */
async function setupKey(
  hashes: readonly NamedHash[],
  channels: readonly (number | null)[],
  maxPixels: number,
): Promise<string> {
  const setup = [VERSION, hashes.map(({ name, hash }) => [name, hash.bits]), channels, maxPixels];
  return (await digestBytes(new TextEncoder().encode(JSON.stringify(setup)))).slice(0, 8);
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

/**
 * The pictures of a layout that a scan goes over, and the channels that it hashes of each.
 *
 * @throws a data problem when there is no picture
 */
export async function imagesToScan(
  layout: Layout,
  { sources, settings, shard }: Pick<ScanLayoutOptions, "sources" | "settings" | "shard">,
): Promise<{ images: ImageFiles[]; channels: (number | null)[] }> {
  const channels = hashChannels(layout, settings), images: ImageFiles[] = [];
  for (const source of sources) {
    for (const image of await layout.listImages(source)) {
      images.push(await preferGray(layout, image, channels));
    }
  }
  if (images.length > 0) return { images: shard ? takeShard(images, shard) : images, channels };
  throw dataProblem(
    `Cannot scan "${layout.dir}": the layout ${layout.name} finds no image there (${sources.join(", ")})`,
    "Put the images where the layout expects them, or name another layout with --layout",
  );
}

/** The file in which searches keep what they found out about the pictures of a data folder. */
export function cachePath(dir: string): string {
  return join(dir, ".hash_cache.sqlite");
}

/** The file that a part of a layout's pictures is hashed into. */
export async function layoutShardPath(
  layout: Layout,
  { hashes, settings, shard }: Pick<ScanLayoutOptions, "hashes" | "settings"> & { readonly shard: Shard },
): Promise<string> {
  const key = await setupKey(hashes, hashChannels(layout, settings), settings.maxPixels);
  return shardPath({ dir: layout.dir, key, shard });
}

/** What earlier scans found out: a cache, the parts to join, or nothing. */
async function openKnown(
  layout: Layout,
  key: string,
  options: ScanLayoutOptions,
): Promise<KnownFiles | null> {
  const { shard, merge, settings, output } = options;
  if (merge) return await MergedShards.open(layout.dir, key);
  if (!settings.cache && !shard) return null;
  const cache = new HashCache(cachePath(layout.dir), { key, warn: (text) => output.warn(text) });
  return shard ? new ShardWriter(cache, { dir: layout.dir, key, shard }) : cache;
}

/** Hashes the pictures of a layout: its hash channel, or the whole picture as gray when it names none. */
export async function scanLayout(layout: Layout, options: ScanLayoutOptions): Promise<LayoutScan> {
  const { settings: { maxPixels }, hashes, output, decoders = [] } = options;
  const { images, channels } = await imagesToScan(layout, options);
  const known = await openKnown(layout, await setupKey(hashes, channels, maxPixels), options);
  const progress = output.progress("hashing images", images.length);
  const scan = await scanImages(images, {
    dir: layout.dir,
    hashes,
    channels,
    maxPixels,
    decoders,
    ...(known ? { cache: known } : {}),
    onProgress: (done) => progress.update(done),
  });
  progress.end();
  return { ...scan, images };
}
