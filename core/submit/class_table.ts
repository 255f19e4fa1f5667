/** Labels and probabilities of one class. */
export interface ClassColumn {
  readonly labels: Uint8Array;
  readonly probabilities: Float64Array;
}

/** Predictions by class (column-wise), with the number of images. */
export interface ClassTable {
  readonly rows: number;
  readonly classes: readonly ClassColumn[];
}

/** Converts row-wise predictions to one column per class. */
export function classTable(
  predictions: {
    readonly classes: number;
    readonly labels: ArrayLike<number>;
    readonly probabilities: Float64Array;
  },
): ClassTable {
  const rows = predictions.probabilities.length / predictions.classes;
  const classes = Array.from({ length: predictions.classes }, (_, c) => ({
    labels: Uint8Array.from({ length: rows }, (_, row) => predictions.labels[row * predictions.classes + c]!),
    probabilities: Float64Array.from(
      { length: rows },
      (_, row) => predictions.probabilities[row * predictions.classes + c]!,
    ),
  }));
  return { rows, classes };
}

/** Selects rows of a table. */
export function takeRows(table: ClassTable, rows: readonly number[]): ClassTable {
  return {
    rows: rows.length,
    classes: table.classes.map(({ labels, probabilities }) => ({
      labels: Uint8Array.from(rows, (row) => labels[row]!),
      probabilities: Float64Array.from(rows, (row) => probabilities[row]!),
    })),
  };
}

/** Number of positive labels. */
export function countPositives(labels: Uint8Array): number {
  return labels.reduce((sum, label) => sum + label, 0);
}

/** F1 from counts; 0 without labels and predictions, as in scikit-learn. */
export function f1Score(
  counts: { readonly hits: number; readonly predicted: number; readonly labelled: number },
): number {
  const marked = counts.predicted + counts.labelled;
  return marked === 0 ? 0 : 2 * counts.hits / marked;
}

/** F1 of one class at a threshold. */
export function f1At({ labels, probabilities }: ClassColumn, threshold: number): number {
  let [hits, predicted, labelled] = [0, 0, 0];
  for (let row = 0; row < labels.length; row++) {
    const taken = probabilities[row]! > threshold;
    if (taken) predicted += 1;
    if (labels[row] === 1) labelled += 1;
    if (taken && labels[row] === 1) hits += 1;
  }
  return f1Score({ hits, predicted, labelled });
}

/** F1 scores at given thresholds. */
export interface F1Report {
  /** F1 per class. */
  readonly f1: readonly number[];
  /** Macro F1 over all classes, as the competition computes it. */
  readonly macro: number;
  /** Macro F1 over the classes with at least one positive label. */
  readonly macroOccurring: number;
  /** `macroOccurring` of the best constant prediction: all classes, or one class for single-label data. */
  readonly chance: number;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

/** Macro F1 over the occurring classes of the best constant prediction. */
function constantF1({ rows, classes }: ClassTable, multiLabel: boolean): number {
  const positives = classes.map(({ labels }) => countPositives(labels)).filter((count) => count > 0);
  const scores = positives.map((count) => 2 * count / (rows + count));
  return multiLabel ? mean(scores) : Math.max(0, ...scores) / Math.max(1, scores.length);
}

/**
 * Macro F1 at given thresholds, with that of the best constant prediction for comparison.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const classes = [{ labels: Uint8Array.of(1, 0), probabilities: Float64Array.of(0.9, 0.2) }];
 * const { macro, chance } = reportF1({ rows: 2, classes }, [0.5]);
 * assertEquals([macro, chance], [1, 2 / 3]);
 * ```
 */
export function reportF1(
  table: ClassTable,
  thresholds: ArrayLike<number>,
  { multiLabel = true }: { readonly multiLabel?: boolean } = {},
): F1Report {
  const f1 = table.classes.map((column, c) => f1At(column, thresholds[c]!));
  const positives = table.classes.map(({ labels }) => countPositives(labels));
  const occurring = f1.filter((_, c) => positives[c]! > 0);
  return { f1, macro: mean(f1), macroOccurring: mean(occurring), chance: constantF1(table, multiLabel) };
}
