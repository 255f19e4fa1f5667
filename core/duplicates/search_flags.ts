import { join } from "@std/path";
import { z } from "zod";
import { CONFLICT_POLICIES } from "./conflicts.ts";
import { type GroupOptions, LINKAGES } from "./groups.ts";
import type { LinkOptions } from "./links.ts";
import { PairMemory } from "./pair_memory.ts";
import { scanFlags } from "../scan/scan_layout.ts";
import { Confirmer } from "./confirmer.ts";
import { TIERS } from "./tiers.ts";

/** Flags of every task that looks for pictures that look alike. */
export const searchFlags = z.strictObject({
  ...scanFlags.shape,
  radius: z.int().min(0).max(8).default(0).describe("Bits in which the hashes of a pair may differ"),
  min_tier: z.enum(["auto", ...TIERS]).default("auto").describe(
    "Least sure pairs that count: same_pixels, same_structure, hash_only; auto: hash_only at radius 0, else same_structure",
  ),
  min_correlation: z.number().min(-1).max(1).default(0.95).describe(
    "Correlation at 64 x 64 from which two pictures have the same structure",
  ),
  conflict: z.enum(CONFLICT_POLICIES).default("train_wins").describe(
    "Labels where pictures that look alike disagree",
  ),
  gallery: z.boolean().default(true).describe(
    "Write the HTML page with thumbnails; --no-gallery to do without",
  ),
});

/** The flag that only groups need. */
export const linkageFlag = z.enum(LINKAGES).default("single").describe(
  "single: pictures may chain together; complete: every two of a group lie within the radius",
);

/** Values of those flags. */
export type SearchFlags = z.output<typeof searchFlags>;

/** How links are found by a hash, from flags. One confirmer serves all hashes, so that pictures are read once. */
export function linkOptions(hash: string, flags: SearchFlags, confirmer: Confirmer): LinkOptions {
  const automatic = flags.radius === 0 ? "hash_only" : "same_structure";
  return {
    hash,
    radius: flags.radius,
    leastTier: flags.min_tier === "auto" ? automatic : flags.min_tier,
    confirmer,
  };
}

/** How groups are made by a hash, from flags. */
export function groupOptions(
  hash: string,
  flags: SearchFlags,
  linkage: GroupOptions["linkage"],
): GroupOptions {
  return { hash, radius: flags.radius, linkage };
}

/** Compares pictures as the flags say; what it learns is kept beside the data when `save` of its memory is called. */
export async function makeConfirmer(dir: string, flags: SearchFlags): Promise<Confirmer> {
  const path = join(dir, ".hash_cache.pairs.jsonl");
  const memory = flags.cache ? await PairMemory.open(path) : new PairMemory(null);
  return new Confirmer({ minCorrelation: flags.min_correlation, maxPixels: flags.max_pixels, memory });
}
