/** How sure it is that two pictures are the same, from sure to not. */
export const TIERS = ["same_pixels", "same_structure", "hash_only"] as const;

/** How sure it is that two pictures are the same. */
export type Tier = (typeof TIERS)[number];

/** A reduced picture with what a correlation needs. */
export interface Structure {
  readonly cells: Uint8Array;
  readonly mean: number;
  readonly deviation: number;
}

/** What comparing two pictures gave. */
export interface Confirmation {
  readonly tier: Tier;
  /** Pearson's correlation of the pictures at 64 x 64; 0 when one of them is flat. */
  readonly correlation: number;
}

/** Mean and standard deviation of cells. */
export function describeCells(cells: Uint8Array): Structure {
  let sum = 0, squares = 0;
  for (const cell of cells) {
    sum += cell;
    squares += cell * cell;
  }
  const mean = sum / cells.length;
  return { cells, mean, deviation: Math.sqrt(Math.max(0, squares / cells.length - mean * mean)) };
}

/**
 * Pearson's correlation of two reduced pictures.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const a = describeCells(new Uint8Array([0, 10, 20, 30])), b = describeCells(new Uint8Array([100, 120, 140, 160]));
 * assertEquals(correlate(a, b).toFixed(6), "1.000000");
 * ```
 */
export function correlate(a: Structure, b: Structure): number {
  if (a.deviation === 0 || b.deviation === 0) return 0;
  let sum = 0;
  for (let i = 0; i < a.cells.length; i++) sum += a.cells[i]! * b.cells[i]!;
  return (sum / a.cells.length - a.mean * b.mean) / (a.deviation * b.deviation);
}

/** Whether a tier is at least as sure as another. */
export function isAtLeast(tier: Tier, least: Tier): boolean {
  return TIERS.indexOf(tier) <= TIERS.indexOf(least);
}
