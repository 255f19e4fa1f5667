import { groupedFolds } from "./grouped_folds.ts";
import type { RowGroups } from "./row_groups.ts";
import { foldUnits } from "./row_groups.ts";
import { iterativeStratification } from "./iterative_stratification.ts";

/** Options of {@link assignFolds}. */
export interface AssignOptions {
  readonly classes: number;
  readonly folds: number;
  readonly seed: number;
  /** Podium's optimised split, or compatible with the Python package iterative-stratification (one row per group). */
  readonly compat: "none" | "iterstrat";
  /** Shuffle the rows first; with `iterstrat` only. */
  readonly shuffle: boolean;
  /** Balance the train and external sources as well. */
  readonly balanceSources: boolean;
}

/** One row per group, with the union of its members' labels. */
function groupRowsOf(groups: RowGroups, labels: readonly (readonly number[])[]): number[][] {
  return groups.together.map((indices) =>
    [...new Set(indices.flatMap((index) => labels[index]!))].sort((a, b) => a - b)
  );
}

function unitFolds(
  groups: RowGroups,
  labels: readonly (readonly number[])[],
  options: AssignOptions,
): Int32Array {
  if (options.compat === "iterstrat") return iterativeStratification(groupRowsOf(groups, labels), options);
  return groupedFolds(foldUnits(groups, labels, options), options);
}

/**
 * Assigns a fold to each row; rows of a group get the same fold.
 *
 * @param labels labels of each row of `groups`, after conflict resolution
 */
export function assignFolds(
  groups: RowGroups,
  labels: readonly (readonly number[])[],
  options: AssignOptions,
): Int32Array {
  const found = unitFolds(groups, labels, options);
  const folds = new Int32Array(groups.rows.length);
  for (const [unit, indices] of groups.together.entries()) {
    for (const row of indices) folds[row] = found[unit]!;
  }
  return folds;
}

/**
 * Lower bound of the largest deviation from an even share in any split that keeps groups whole, due to groups with many
 * members of one label.
 */
export function forcedDeviation(
  groups: RowGroups,
  labels: readonly (readonly number[])[],
  { classes, folds }: { readonly classes: number; readonly folds: number },
): number {
  const totals = new Float64Array(classes), largest = new Float64Array(classes);
  for (const indices of groups.together) {
    const own = new Map<number, number>();
    for (const index of indices) {
      for (const label of labels[index]!) own.set(label, (own.get(label) ?? 0) + 1);
    }
    for (const [label, count] of own) {
      totals[label]! += count;
      largest[label] = Math.max(largest[label]!, count);
    }
  }
  return Math.max(0, ...largest.map((count, label) => count - totals[label]! / folds));
}
