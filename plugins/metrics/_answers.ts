import type { MetricContext, ScoredPredictions } from "../../plugin.ts";

/** Hits, answers and labels of one class. */
export interface ClassCounts {
  readonly hits: number;
  readonly answered: number;
  readonly labelled: number;
}

/** Targets from here on are labels; mixed ones lie between 0 and 1. */
const LABEL = 0.5;

function argmax(values: Float64Array, start: number, count: number): number {
  let best = 0;
  for (let i = 1; i < count; i++) if (values[start + i]! > values[start + best]!) best = i;
  return best;
}

/** What is answered for a row: the most probable class, or every class above 0.5. */
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

/** Which classes a row has. */
export function labelsOf({ targets }: ScoredPredictions, { classes }: MetricContext, row: number): boolean[] {
  return Array.from(targets.subarray(row * classes, (row + 1) * classes), (target) => target >= LABEL);
}

/** Counts over all rows, one entry a class. */
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

/** The mean of numbers; 0 of none. */
export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(values.length, 1);
}
