/** One class of a set of predictions. */
export interface ClassColumn {
  readonly labels: Uint8Array;
  readonly probabilities: Float64Array;
}

/** Labels and probabilities of each class, and how many pictures there are. */
export interface ClassTable {
  readonly rows: number;
  readonly classes: readonly ClassColumn[];
}

/** Turns rows of classes into one column per class. */
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

/** The chosen rows of a table. */
export function takeRows(table: ClassTable, rows: readonly number[]): ClassTable {
  return {
    rows: rows.length,
    classes: table.classes.map(({ labels, probabilities }) => ({
      labels: Uint8Array.from(rows, (row) => labels[row]!),
      probabilities: Float64Array.from(rows, (row) => probabilities[row]!),
    })),
  };
}

/** How many pictures have the label. */
export function countPositives(labels: Uint8Array): number {
  return labels.reduce((sum, label) => sum + label, 0);
}

/** F1 from counts; 0 where there are neither labels nor predictions, as sklearn has it. */
export function f1Score(
  counts: { readonly hits: number; readonly predicted: number; readonly labelled: number },
): number {
  const marked = counts.predicted + counts.labelled;
  return marked === 0 ? 0 : 2 * counts.hits / marked;
}

/** F1 of one class when everything above the threshold is taken. */
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

/** What thresholds reach on labelled predictions. */
export interface F1Report {
  /** F1 of each class. */
  readonly f1: readonly number[];
  /** Mean over all classes, as the competition scores. */
  readonly macro: number;
  /** Mean over the classes that occur among the labels. */
  readonly macroOccurring: number;
  /** The same when every picture gets the same answer, the best there is: all classes, or one for single-label data. */
  readonly chance: number;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

/** Macro F1 over the classes that occur of the best constant answer. */
function constantF1({ rows, classes }: ClassTable, multiLabel: boolean): number {
  const positives = classes.map(({ labels }) => countPositives(labels)).filter((count) => count > 0);
  const scores = positives.map((count) => 2 * count / (rows + count));
  return multiLabel ? mean(scores) : Math.max(0, ...scores) / Math.max(1, scores.length);
}

/**
 * Macro F1 at thresholds, with the score of the best constant answer beside it.
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
