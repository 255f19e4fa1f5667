import { sigmoid } from "../logistic.ts";
import { solvePositive } from "./linear_system.ts";

const ROUNDS = 40, TOLERANCE = 1e-9;

/** Rows of a logistic regression. */
export interface LogisticRows {
  /** One column per feature. */
  readonly features: readonly Float32Array[];
  /** 0 or 1. */
  readonly labels: ArrayLike<number>;
  /** How many rows each stands for. */
  readonly weights: ArrayLike<number>;
}

/** Where the regression is drawn to, and how strongly. */
export interface Ridge {
  /** Half the penalty of a squared unit of distance from `centre`; 1 / C of scikit-learn. The intercept is free. */
  readonly strength: number;
  /** Coefficients of the features that cost nothing. */
  readonly centre: Float64Array;
}

/** Gradient and Hessian of the loss, both with the intercept last. */
export interface Curvature {
  readonly gradient: Float64Array;
  readonly hessian: Float64Array;
}

function emptyCurvature(size: number): Curvature {
  return { gradient: new Float64Array(size), hessian: new Float64Array(size * size) };
}

/** Adds one row's part; `x` ends with 1 for the intercept. */
function addRow(
  { gradient, hessian }: Curvature,
  x: Float64Array,
  row: { error: number; weight: number },
): void {
  const size = x.length, { error, weight } = row;
  for (let i = 0; i < size; i++) {
    gradient[i]! += error * x[i]!;
    const scaled = weight * x[i]!;
    for (let j = 0; j <= i; j++) hessian[i * size + j]! += scaled * x[j]!;
  }
}

/** The linear predictor of one row, whose features are written to `x`. */
function predictorOf(
  { features }: LogisticRows,
  row: number,
  to: { x: Float64Array; coefficients: Float64Array },
): number {
  const { x, coefficients } = to;
  let sum = coefficients[features.length]!;
  for (let i = 0; i < features.length; i++) {
    x[i] = features[i]![row]!;
    sum += coefficients[i]! * x[i]!;
  }
  return sum;
}

/**
 * Curvature of the log loss in parts: the rows with `part[row] === k` in the k-th, so that a part can be left out by a
 * subtraction.
 */
export function curvatureByPart(
  rows: LogisticRows,
  coefficients: Float64Array,
  { part, parts }: { readonly part: ArrayLike<number>; readonly parts: number },
): Curvature[] {
  const size = coefficients.length, x = new Float64Array(size).fill(1);
  const sums = Array.from({ length: parts }, () => emptyCurvature(size));
  for (let row = 0; row < rows.labels.length; row++) {
    const p = sigmoid(predictorOf(rows, row, { x, coefficients })), times = rows.weights[row]!;
    addRow(sums[part[row]!]!, x, { error: times * (p - rows.labels[row]!), weight: times * p * (1 - p) });
  }
  return sums;
}

/** The sum of curvatures. */
export function sumCurvature(parts: readonly Curvature[]): Curvature {
  const sum = emptyCurvature(parts[0]!.gradient.length);
  for (const { gradient, hessian } of parts) {
    for (let i = 0; i < gradient.length; i++) sum.gradient[i]! += gradient[i]!;
    for (let i = 0; i < hessian.length; i++) sum.hessian[i]! += hessian[i]!;
  }
  return sum;
}

/** Newton's step towards the minimum of loss and penalty. */
export function newtonStep(
  { gradient, hessian }: Curvature,
  coefficients: Float64Array,
  { strength, centre }: Ridge,
): Float64Array {
  const size = coefficients.length, right = gradient.slice(), matrix = hessian.slice();
  for (let i = 0; i < centre.length; i++) {
    right[i]! += strength * (coefficients[i]! - centre[i]!);
    matrix[i * size + i]! += strength;
  }
  matrix[size * size - 1]! += 1e-9;
  return solvePositive(matrix, right);
}

/** Weighted log loss of rows: of those in `only`'s part, or of all. */
export function logisticLoss(
  rows: LogisticRows,
  coefficients: Float64Array,
  only: { readonly part: ArrayLike<number>; readonly wanted: number } | null = null,
): number {
  const x = new Float64Array(coefficients.length).fill(1);
  let sum = 0;
  for (let row = 0; row < rows.labels.length; row++) {
    if (only !== null && only.part[row] !== only.wanted) continue;
    const value = predictorOf(rows, row, { x, coefficients });
    const towards = rows.labels[row] === 1 ? -value : value;
    sum += rows.weights[row]! * (Math.max(0, towards) + Math.log1p(Math.exp(-Math.abs(towards))));
  }
  return sum;
}

function penalty(coefficients: Float64Array, { strength, centre }: Ridge): number {
  let sum = 0;
  for (let i = 0; i < centre.length; i++) sum += (coefficients[i]! - centre[i]!) ** 2;
  return strength * sum / 2;
}

/** Half steps until loss and penalty do not rise. */
function damped(
  rows: LogisticRows,
  coefficients: Float64Array,
  { step, ridge }: { readonly step: Float64Array; readonly ridge: Ridge },
): Float64Array {
  const objective = (at: Float64Array) => logisticLoss(rows, at) + penalty(at, ridge);
  const before = objective(coefficients);
  for (let scale = 1; scale > 1e-3; scale /= 2) {
    const moved = coefficients.map((value, i) => value - scale * step[i]!);
    if (objective(moved) <= before + 1e-9 * Math.abs(before)) return moved;
  }
  return coefficients;
}

/**
 * Logistic regression with an L2 penalty, by Newton's method from `start`: the coefficients of the features, then the
 * intercept. With the centre 0 and weights 1 it is scikit-learn's with C = 1 / strength.
 */
export function fitRidgeLogistic(rows: LogisticRows, ridge: Ridge, start: Float64Array): Float64Array {
  const whole = { part: new Uint8Array(rows.labels.length), parts: 1 };
  let coefficients = start;
  for (let round = 0; round < ROUNDS; round++) {
    const step = newtonStep(curvatureByPart(rows, coefficients, whole)[0]!, coefficients, ridge);
    const size = Math.hypot(...step);
    coefficients = size > 0.5
      ? damped(rows, coefficients, { step, ridge })
      : coefficients.map((value, i) => value - step[i]!);
    if (size < TOLERANCE * (1 + Math.hypot(...coefficients))) break;
  }
  return coefficients;
}
