import { checkWritable } from "../base/check_writable.ts";
import { type Output, SILENT } from "../base/output.ts";
import { openLayout } from "../layout/open_layout.ts";
import { openDecoders } from "../plugin/open_decoders.ts";
import { loadPlugins } from "../plugin/registry.ts";
import type { BrokenImage } from "./record.ts";
import { layoutShardPath, namedHashes, scanLayout } from "./scan_layout.ts";
import { SCAN_DEFAULTS, type ScanSettings } from "./scan_settings.ts";
import type { Shard } from "./shards.ts";

/** Which part is hashed, and how; what is left out is as in `SCAN_DEFAULTS`. */
export interface HashShardOptions extends Partial<ScanSettings> {
  readonly shard: Shard;
  /** Hears how far the work is. */
  readonly output?: Output;
}

/** Pictures that are shared out: all, so that both searches can join the parts. */
export const SHARD_SOURCES = ["train", "external", "test"] as const;

/** What hashing a part gave. */
export interface HashedShard {
  /** The file of hashes. */
  readonly path: string;
  /** Planes that were hashed. */
  readonly hashed: number;
  readonly broken: readonly BrokenImage[];
}

/**
 * Hashes one part of all pictures (train, external and test), so that several machines can share the work.
 * `findDuplicates` and `findLeaks` join the parts with `merge`.
 *
 * @throws a config problem on an unknown hash or a part that there is not, a data problem on a folder without pictures
 */
export async function hashShard(options: HashShardOptions): Promise<HashedShard> {
  const { shard, output = SILENT, ...given } = options;
  const settings = { ...SCAN_DEFAULTS, ...given };
  await checkWritable(settings.dataDir, "the data folder");
  const registry = await loadPlugins([], ["layouts", "hashes", "decoders"]);
  const { dataDir, layout: name, layoutParams: params } = settings;
  const layout = await openLayout(registry, dataDir, { name, params });
  const hashes = namedHashes(registry, settings);
  const decoders = openDecoders(registry);
  const scan = await scanLayout(layout, {
    sources: SHARD_SOURCES,
    hashes,
    output,
    settings,
    decoders,
    shard,
  });
  const path = await layoutShardPath(layout, { hashes, settings, shard });
  return { path, hashed: scan.records.length, broken: scan.broken };
}
