import { groupedFolds } from "./grouped_folds.ts";
import type { RowGroups } from "./groups.ts";
import { foldUnits } from "./groups.ts";
import { iterativeStratification } from "./iterative_stratification.ts";

/** How rows are split. */
export interface AssignOptions {
  readonly classes: number;
  readonly folds: number;
  readonly seed: number;
  /** The optimizer, or what the Python package iterative-stratification would do with one row a group. */
  readonly compat: "none" | "iterstrat";
  /** With `iterstrat`: whether the rows are shuffled first. */
  readonly shuffle: boolean;
  /** Whether images of each source are balanced apart too. */
  readonly balanceSources: boolean;
}

/** One row a group, with every label that a member has. */
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
 * The fold of each row; rows that belong together have the same.
 *
 * @param labels labels of each row of `groups`, as the conflict policy left them
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
 * How far the count of a label in a fold must be from its even share, because some group has that many members with it:
 * no split that keeps groups whole can do better.
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
