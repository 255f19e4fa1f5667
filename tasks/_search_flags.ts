import { z } from "zod";
import type { Source } from "../core/base/example.ts";
import type { Output } from "../core/base/output.ts";
import { configProblem } from "../core/base/problem.ts";
import { CONFLICT_POLICIES } from "../core/duplicates/conflicts.ts";
import { LARGEST_RADIUS, SEARCH_DEFAULTS, type SearchSettings } from "../core/duplicates/search_settings.ts";
import { TIERS } from "../core/duplicates/tiers.ts";
import { SHARD_SOURCES } from "../core/scan/hash_shard.ts";
import { planScan, type ScanPlan } from "../core/scan/plan_scan.ts";
import type { Shard } from "../core/scan/shards.ts";
import { dataFlags, dataSettings } from "./_data_flags.ts";

/** Flags of the tasks that search for similar images. */
export const searchFlags = z.strictObject({
  ...dataFlags.shape,
  hashes: z.string().default(SEARCH_DEFAULTS.hashes.join()).describe(
    "Names of hash plugins, comma separated",
  ),
  hash_size: z.union([z.literal("8"), z.literal("16")]).default("8").describe(
    "Side of a hash: 8 has 64 bits, 16 has 256",
  ),
  channels: z.enum(["default", "all"]).default(SEARCH_DEFAULTS.channels).describe(
    "default: the layout's hash channel; all: each by itself",
  ),
  max_pixels: z.int().min(1).default(SEARCH_DEFAULTS.maxPixels).describe(
    "Larger pictures are listed, not decoded",
  ),
  cache: z.boolean().default(SEARCH_DEFAULTS.cache).describe(
    "Keep what was found for the next run; --no-cache to do without",
  ),
  shard: z.string().optional().describe("Hash part i of n of all images only, as i/n; joined by --merge"),
  merge: z.boolean().default(SEARCH_DEFAULTS.merge).describe("Join the parts made with --shard"),
  radius: z.int().min(0).max(LARGEST_RADIUS).default(SEARCH_DEFAULTS.radius).describe(
    "Bits in which the hashes of a pair may differ",
  ),
  min_tier: z.enum(["auto", ...TIERS]).default(SEARCH_DEFAULTS.minTier).describe(
    "Least sure pairs that count: same_pixels, same_structure, hash_only; auto: hash_only at radius 0, else same_structure",
  ),
  min_correlation: z.number().min(-1).max(1).default(SEARCH_DEFAULTS.minCorrelation).describe(
    "Correlation at 64 x 64 from which two pictures have the same structure",
  ),
  conflict: z.enum(CONFLICT_POLICIES).default(SEARCH_DEFAULTS.conflict).describe(
    "Labels where pictures that look alike disagree",
  ),
  gallery: z.boolean().default(SEARCH_DEFAULTS.gallery).describe(
    "Write the HTML page with thumbnails; --no-gallery to do without",
  ),
  dry_run: z.boolean().default(false).describe(
    "Count pictures, and say how much memory they take at most; hash and write nothing",
  ),
});

/** Values of those flags. */
export type SearchFlags = z.output<typeof searchFlags>;

/** Converts the flags to settings. */
export function searchSettings(flags: SearchFlags): SearchSettings {
  const { channels, cache, merge, radius, conflict, gallery } = flags;
  return {
    ...dataSettings(flags),
    hashes: flags.hashes.split(",").map((name) => name.trim()).filter((name) => name !== ""),
    hashSize: flags.hash_size === "16" ? 16 : 8,
    channels,
    maxPixels: flags.max_pixels,
    cache,
    merge,
    radius,
    minTier: flags.min_tier,
    minCorrelation: flags.min_correlation,
    conflict,
    gallery,
  };
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}

/** Does what `--dry_run` asks for: plans the scan of these sources, or of a shard, and tells the plan. */
export async function tellScanPlan(
  flags: SearchFlags,
  { sources, output }: { readonly sources: readonly Source[]; readonly output: Output },
): Promise<ScanPlan> {
  const settings = searchSettings(flags);
  const part = flags.shard ? { sources: SHARD_SOURCES, shard: readShard(flags.shard) } : { sources };
  const plan = await planScan({ ...settings, ...part, output });
  const { largest, memory_bytes: bytes, memory_bytes_at_max_pixels: most } = plan;
  output.table(["plan", "value"], [
    ["pictures", plan.pictures],
    ["files", plan.files],
    ["files whose header cannot be read", plan.unreadable],
    [`files of more than ${settings.maxPixels} pixels, or too long a side`, plan.too_large],
    ["largest picture", largest ? `${largest.file}: ${largest.width} x ${largest.height}` : "none"],
    ["pictures in flight", plan.in_flight],
    ["memory, at most", gigabytes(bytes)],
    ["memory, at most, for pictures of --max_pixels", gigabytes(most)],
  ]);
  return plan;
}

/** Parses `--shard`. Throws a config problem on an invalid shard. */
export function readShard(text: string): Shard {
  const match = /^(\d+)\/(\d+)$/.exec(text);
  const index = Number(match?.[1]), count = Number(match?.[2]);
  if (match && index >= 1 && index <= count) return { index, count };
  const allowed = count >= 1 ? `1/${count} to ${count}/${count}` : "such as 1/4";
  throw configProblem(
    `--shard "${text}": it must be part/parts, ${allowed}`,
    "Run with --help for the flags",
  );
}
