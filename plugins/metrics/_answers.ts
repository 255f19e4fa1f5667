import type { MetricContext, ScoredPredictions } from "../../plugin.ts";

/** True positives (hits), predictions and labels of one class. */
export interface ClassCounts {
  readonly hits: number;
  readonly answered: number;
  readonly labelled: number;
}

/** Soft targets count as positive from this value on. */
const LABEL = 0.5;

/** The most probable class of a row, the first of equals. */
export function argmax(values: Float64Array, start: number, count: number): number {
  let best = 0;
  for (let i = 1; i < count; i++) if (values[start + i]! > values[start + best]!) best = i;
  return best;
}

/** Predicted classes of a row: the argmax for exclusive classes, else all classes above 0.5. */
export function answersOf(
  { predictions }: ScoredPredictions,
  { classes, exclusive }: MetricContext,
  row: number,
): boolean[] {
  const start = row * classes;
  const chosen = exclusive ? argmax(predictions, start, classes) : -1;
  return Array.from(
    { length: classes },
    (_, label) => exclusive ? label === chosen : predictions[start + label]! > 0.5,
  );
}

/** True classes of a row. */
export function labelsOf({ targets }: ScoredPredictions, { classes }: MetricContext, row: number): boolean[] {
  return Array.from(targets.subarray(row * classes, (row + 1) * classes), (target) => target >= LABEL);
}

/** The columns of a score per class: of two exclusive classes the second alone (the positive one), else all. */
export function scoredColumns({ classes, exclusive }: MetricContext): number[] {
  return classes === 2 && exclusive ? [1] : Array.from({ length: classes }, (_, label) => label);
}

/** Counts over all rows, one entry per class. */
export function countClasses(scored: ScoredPredictions, context: MetricContext): ClassCounts[] {
  const counts = Array.from({ length: context.classes }, () => ({ hits: 0, answered: 0, labelled: 0 }));
  for (let row = 0; row < scored.rows; row++) {
    const answers = answersOf(scored, context, row), labels = labelsOf(scored, context, row);
    for (const [label, count] of counts.entries()) {
      count.hits += Number(answers[label]! && labels[label]!);
      count.answered += Number(answers[label]!);
      count.labelled += Number(labels[label]!);
    }
  }
  return counts;
}

/** Arithmetic mean; 0 for an empty list. */
export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(values.length, 1);
}
