import type { TargetKind } from "../plugin/contracts.ts";

/** Strata of the rows that folds are balanced by, as if they were labels. */
export interface Strata {
  /** Names of the strata. */
  readonly names: readonly string[];
  /** Indices of each row's strata, ascending. */
  readonly labels: readonly (readonly number[])[];
}

/** Bins of each value: fewer than folds have rows of each, more would not be balanced in small data. */
const BINS = 10;

/** Upper edges of bins that hold about equally many of the values; equal values share a bin. */
function quantileEdges(values: readonly number[]): number[] {
  const sorted = [...values].sort((a, b) => a - b);
  const edges = Array.from(
    { length: BINS - 1 },
    (_, bin) => sorted[Math.ceil((bin + 1) * sorted.length / BINS) - 1]!,
  );
  return [...new Set(edges)].filter((edge) => edge < sorted.at(-1)!);
}

function valueStrata(rows: readonly (readonly number[])[], classes: readonly string[]): Strata {
  const edges = classes.map((_, column) => quantileEdges(rows.map((row) => row[column]!)));
  const starts = edges.map((_, column) =>
    edges.slice(0, column).reduce((sum, { length }) => sum + length + 1, 0)
  );
  const names = edges.flatMap((own, column) =>
    Array.from({ length: own.length + 1 }, (_, bin) => {
      const range = bin < own.length ? `up to ${own[bin]}` : own.length > 0 ? `above ${own.at(-1)}` : "all";
      return `${classes[column]} ${range}`;
    })
  );
  const binOf = (value: number, own: readonly number[]) => own.filter((edge) => edge < value).length;
  const labels = rows.map((row) =>
    row.map((value, column) => starts[column]! + binOf(value, edges[column]!))
  );
  return { names, labels };
}

function mostProbable(row: readonly number[]): number {
  return row.indexOf(Math.max(...row));
}

/**
 * Strata of labelled rows: the classes themselves; the most probable class of soft labels; for values ten bins of each
 * quantity that hold about equally many rows.
 *
 * @param rows labels of each row: class indices, or one number per class
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const { names, labels } = strataOf([[1], [2], [2], [9]], { target: "value", classes: ["age"] });
 * assertEquals(names, ["age up to 1", "age up to 2", "age above 2"]);
 * assertEquals(labels, [[0], [1], [1], [2]]);
 * ```
 */
export function strataOf(
  rows: readonly (readonly number[])[],
  { target, classes }: { readonly target: TargetKind; readonly classes: readonly string[] },
): Strata {
  if (target === "value") return valueStrata(rows, classes);
  if (target === "probabilities") return { names: classes, labels: rows.map((row) => [mostProbable(row)]) };
  return { names: classes, labels: rows };
}
