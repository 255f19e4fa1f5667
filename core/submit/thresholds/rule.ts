import { type ClassColumn, type ClassTable, countPositives } from "../scores.ts";

/** What a rule may look at beside the labelled predictions. */
export interface RuleContext {
  readonly seed: number;
  /** Probabilities of the test pictures by class, where the rule fits them to the test set; null: the labelled ones. */
  readonly test: readonly Float64Array[] | null;
}

/** Chooses one threshold per class: a class is predicted where its probability is above it. */
export type ThresholdRule = (table: ClassTable, context: RuleContext) => Float64Array;

const EDGE = 1e-7;

/** The log odds of a probability, finite at 0 and 1. */
export function logit(probability: number): number {
  const inside = Math.min(1 - EDGE, Math.max(EDGE, probability));
  return Math.log(inside / (1 - inside));
}

/** The probability of log odds. */
export function sigmoid(value: number): number {
  return 1 / (1 + Math.exp(-value));
}

/** Rows by falling probability; equal ones in row order. */
export function rankRows(probabilities: Float64Array): Uint32Array {
  return Uint32Array.from(probabilities.keys()).sort((a, b) =>
    probabilities[b]! - probabilities[a]! || a - b
  );
}

/** A threshold between the `count`-th and the next probability of a falling list: so many lie above it, ties apart. */
export function thresholdAfter(falling: ArrayLike<number>, count: number): number {
  const above = count === 0 ? 1 : falling[count - 1]!;
  const below = count === falling.length ? 0 : falling[count]!;
  return (above + below) / 2;
}

/** The probabilities of a column, falling. */
export function fallingProbabilities({ probabilities }: ClassColumn): Float64Array {
  return probabilities.slice().sort().reverse();
}

/** Applies a rule for one class to every class. */
export function perClass(
  choose: (column: ClassColumn, index: number, context: RuleContext) => number,
): ThresholdRule {
  return (table, context) =>
    Float64Array.from(table.classes, (column, index) => choose(column, index, context));
}

/** The threshold above which as many pictures lie as have the label. */
export function matchCount(column: ClassColumn): number {
  return thresholdAfter(fallingProbabilities(column), countPositives(column.labels));
}
