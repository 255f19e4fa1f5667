import { logit, sigmoid } from "../logistic.ts";
import { fallingOrder } from "../sort_column.ts";
import { columnOf, normaliseRows } from "../table.ts";

/** Models' predictions and what they are of; `Members` is one. */
export interface Blendable {
  /** `[classes, rows]` of each model. */
  readonly matrices: readonly Float32Array[];
  readonly of: {
    readonly classes: number;
    /** Whether the probabilities of a row sum to 1. */
    readonly exclusive: boolean;
  };
}

/** Adds `weight * from` to `into`, for numbers `start` to `end`. */
function addScaled(
  into: Float32Array,
  from: Float32Array,
  part: { weight: number; start: number; end: number },
) {
  const { weight, start, end } = part;
  for (let at = start; at < end; at++) into[at]! += weight * from[at]!;
}

/**
 * Weighted arithmetic mean.
 *
 * @param weights one per model and class: `[models][classes]`, summing to 1 over the models
 */
export function weightedMean(
  { of: { classes }, matrices }: Blendable,
  weights: readonly ArrayLike<number>[],
): Float32Array {
  const blend = new Float32Array(matrices[0]!.length), rows = blend.length / classes;
  for (const [index, member] of matrices.entries()) {
    for (let c = 0; c < classes; c++) {
      const weight = weights[index]![c]!;
      if (weight !== 0) addScaled(blend, member, { weight, start: c * rows, end: (c + 1) * rows });
    }
  }
  return blend;
}

/** The same weight of each model for all classes. */
export function forAllClasses(weights: readonly number[], classes: number): Float64Array[] {
  return weights.map((weight) => new Float64Array(classes).fill(weight));
}

/** Arithmetic mean. */
export function arithmeticMean(from: Blendable): Float32Array {
  const share = 1 / from.matrices.length;
  return weightedMean(from, forAllClasses(from.matrices.map(() => share), from.of.classes));
}

const TINY = 1e-7;

/**
 * Geometric mean: of the odds where classes are independent (the mean of logits), else of the probabilities, brought back
 * to the sum 1.
 */
export function geometricMean({ of: { classes, exclusive }, matrices }: Blendable): Float32Array {
  const blend = new Float32Array(matrices[0]!.length);
  const share = 1 / matrices.length;
  for (let at = 0; at < blend.length; at++) {
    let sum = 0;
    for (let index = 0; index < matrices.length; index++) {
      const value = matrices[index]![at]!;
      sum += exclusive ? Math.log(Math.max(TINY, value)) : logit(value);
    }
    blend[at] = exclusive ? Math.exp(share * sum) : sigmoid(share * sum);
  }
  return exclusive ? normaliseRows(blend, classes) : blend;
}

/** Adds `share * (rank - 1/2) / rows` of each value, ranks from the smallest, equal values sharing their mean rank. */
function addRanks(into: Float32Array, values: Float32Array, share: number): void {
  const order = fallingOrder(values), rows = values.length;
  for (let start = 0; start < rows;) {
    let end = start + 1;
    while (end < rows && values[order[end]!] === values[order[start]!]) end++;
    const rank = rows - (start + end - 1) / 2;
    for (let at = start; at < end; at++) into[order[at]!]! += share * (rank - 0.5) / rows;
    start = end;
  }
}

/**
 * Mean over the models of a value's rank among the rows of its class, scaled to (0, 1). Depends on which rows are there:
 * a single row alone has rank one half.
 */
export function rankMean({ of: { classes }, matrices }: Blendable): Float32Array {
  const blend = new Float32Array(matrices[0]!.length), rows = blend.length / classes;
  for (const member of matrices) {
    for (let c = 0; c < classes; c++) {
      addRanks(columnOf(blend, rows, c), columnOf(member, rows, c), 1 / matrices.length);
    }
  }
  return blend;
}
