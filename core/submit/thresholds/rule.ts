import { type ClassColumn, type ClassTable, countPositives } from "../class_table.ts";

/** Inputs of a rule in addition to the labelled predictions. */
export interface RuleContext {
  readonly seed: number;
  /** Test probabilities by class, for rules that adapt to the test set; null to use the labelled ones. */
  readonly test: readonly Float64Array[] | null;
}

/** Chooses one threshold per class; a class is predicted when its probability exceeds the threshold. */
export type ThresholdRule = (table: ClassTable, context: RuleContext) => Float64Array;

/** Row indices by descending probability; ties in row order. */
export function rankRows(probabilities: Float64Array): Uint32Array {
  return Uint32Array.from(probabilities.keys()).sort((a, b) =>
    probabilities[b]! - probabilities[a]! || a - b
  );
}

/** Threshold between the `count`-th and the next probability of a descending list: `count` exceed it, barring ties. */
export function thresholdAfter(falling: ArrayLike<number>, count: number): number {
  const above = count === 0 ? 1 : falling[count - 1]!;
  const below = count === falling.length ? 0 : falling[count]!;
  return (above + below) / 2;
}

/** Probabilities of a column in descending order. */
export function fallingProbabilities({ probabilities }: ClassColumn): Float64Array {
  return probabilities.slice().sort().reverse();
}

/** Makes a threshold rule from a rule for a single class. */
export function perClass(
  choose: (column: ClassColumn, index: number, context: RuleContext) => number,
): ThresholdRule {
  return (table, context) =>
    Float64Array.from(table.classes, (column, index) => choose(column, index, context));
}

/** Threshold that as many probabilities exceed as there are positive labels. */
export function matchCount(column: ClassColumn): number {
  return thresholdAfter(fallingProbabilities(column), countPositives(column.labels));
}
