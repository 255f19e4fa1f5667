import { configProblem } from "../base/problem.ts";
import { reportedScan, SCAN_DEFAULTS, type ScanSettings } from "../scan/scan_settings.ts";
import type { ConflictPolicy } from "./conflicts.ts";
import type { Tier } from "./tiers.ts";

/** How pictures that look alike are searched for. */
export interface SearchSettings extends ScanSettings {
  /** Join the parts that `hashShard` made, and decode nothing. */
  readonly merge: boolean;
  /** Bits in which the hashes of a pair may differ, 0 to 8. */
  readonly radius: number;
  /** Least sure pairs that count; `auto` is `hash_only` at radius 0, otherwise `same_structure`. */
  readonly minTier: "auto" | Tier;
  /** Pearson's correlation at 64 x 64 pixels from which two pictures have the same structure, -1 to 1. */
  readonly minCorrelation: number;
  /** Labels where pictures that look alike disagree. */
  readonly conflict: ConflictPolicy;
  /** Whether the page of thumbnails is written. */
  readonly gallery: boolean;
}

/** What counts where a program or a user says nothing else. */
export const SEARCH_DEFAULTS: SearchSettings = {
  ...SCAN_DEFAULTS,
  merge: false,
  radius: 0,
  minTier: "auto",
  minCorrelation: 0.95,
  conflict: "train_wins",
  gallery: true,
};

/** At a larger radius the hashes of most pictures are near each other. */
export const LARGEST_RADIUS = 8;

/** Throws a config problem on a radius that the search does not take. */
export function checkRadius({ radius }: SearchSettings): void {
  if (Number.isInteger(radius) && radius >= 0 && radius <= LARGEST_RADIUS) return;
  throw configProblem(
    `Cannot search within radius ${radius}: it must be a whole number of bits from 0 to ${LARGEST_RADIUS}`,
    "Use 0 for equal hashes; 4 finds most pictures that were saved again",
  );
}

/** The least sure pairs that count. */
export function leastTier({ minTier, radius }: SearchSettings): Tier {
  if (minTier !== "auto") return minTier;
  return radius === 0 ? "hash_only" : "same_structure";
}

/** The settings as report files name them. */
export function reportedSearch(settings: SearchSettings): Record<string, unknown> {
  const { merge, radius, minTier, minCorrelation, conflict, gallery } = settings;
  return {
    ...reportedScan(settings),
    merge,
    radius,
    min_tier: minTier,
    min_correlation: minCorrelation,
    conflict,
    gallery,
  };
}
