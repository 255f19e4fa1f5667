/** Balance measures of a split. */
export interface SplitMeasures {
  /** Number of rows per fold. */
  readonly sizes: readonly number[];
  /** `[classes][folds]`: number of rows per label and fold. */
  readonly counts: readonly (readonly number[])[];
  /** Mean over labels and folds of the difference in odds between fold and dataset (Sechidis et al., 2011). */
  readonly labelDistribution: number;
  /** The same for pairs of co-occurring labels (Szymański and Kajdanowicz, 2017). */
  readonly labelPairDistribution: number;
  /** Largest difference between a label's count in a fold and an even share, in rows. */
  readonly largestDeviation: number;
  /** Mean difference between a fold's size and an even share, in rows. */
  readonly examplesDistribution: number;
}

interface Counts {
  readonly sizes: number[];
  readonly labels: number[][];
  readonly pairs: Map<string, number[]>;
}

function countRows(rows: readonly (readonly number[])[], folds: ArrayLike<number>, shape: Shape): Counts {
  const zeros = () => new Array<number>(shape.folds).fill(0);
  const sizes = zeros(), labels = Array.from({ length: shape.classes }, zeros);
  const pairs = new Map<string, number[]>();
  for (const [row, own] of rows.entries()) {
    const fold = folds[row]!;
    sizes[fold]!++;
    for (const [place, a] of own.entries()) {
      labels[a]![fold]!++;
      for (const b of own.slice(place + 1)) {
        const counts = pairs.get(`${a}+${b}`) ?? zeros();
        pairs.set(`${a}+${b}`, counts);
        counts[fold]!++;
      }
    }
  }
  return { sizes, labels, pairs };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function odds(count: number, size: number): number {
  return count / (size - count);
}

/** Mean difference in odds; features that every row has are skipped. */
function distribution(counts: readonly (readonly number[])[], sizes: readonly number[]): number {
  const rows = sum(sizes);
  let total = 0, terms = 0;
  for (const perFold of counts) {
    const all = sum(perFold);
    if (all === rows) continue;
    for (const [fold, count] of perFold.entries()) {
      const own = odds(count, sizes[fold]!);
      total += Number.isFinite(own) ? Math.abs(own - odds(all, rows)) : 1;
      terms++;
    }
  }
  return terms === 0 ? 0 : total / terms;
}

interface Shape {
  readonly classes: number;
  readonly folds: number;
}

/**
 * Measures the balance of folds. Labels without rows count as perfectly balanced.
 *
 * @param rows class indices of each row
 * @param folds the fold of each row
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const measures = measureSplit([[0], [0], [1], [1]], [0, 1, 0, 1], { classes: 2, folds: 2 });
 * assertEquals(measures.sizes, [2, 2]);
 * assertEquals(measures.largestDeviation, 0);
 * ```
 */
export function measureSplit(
  rows: readonly (readonly number[])[],
  folds: ArrayLike<number>,
  shape: Shape,
): SplitMeasures {
  const { sizes, labels, pairs } = countRows(rows, folds, shape);
  const even = (counts: readonly number[]) => sum(counts) / shape.folds;
  const deviation = (counts: readonly number[]) => counts.map((count) => Math.abs(count - even(counts)));
  return {
    sizes,
    counts: labels,
    labelDistribution: distribution(labels, sizes),
    labelPairDistribution: distribution([...pairs.values()], sizes),
    largestDeviation: Math.max(0, ...labels.flatMap(deviation)),
    examplesDistribution: sum(deviation(sizes)) / shape.folds,
  };
}
