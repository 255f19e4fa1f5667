import { joinNumbers } from "../predictions/join_numbers.ts";
import { decompose, type Lower, solve } from "./cholesky.ts";
import { type Fitter, type LinearHead, outputsOf } from "./linear_head.ts";
import { type Matrix, timesTransposed, transposed, zeros } from "./matrix.ts";
import { minimizer, minimizeTogether, type Valued } from "./minimize.ts";

/** Whether the outputs of a row are the logits of exclusive classes, or of labels by themselves. */
export type LogisticKind = "softmax" | "sigmoid";

/** Options of {@link logisticFitter}. */
export interface LogisticOptions {
  readonly kind: LogisticKind;
  /** How near to the minimum the fit comes: about twice the mean log loss that is left to gain. */
  readonly tolerance: number;
}

/** Curvature of the log loss at most. */
const STEEPEST = { sigmoid: 1 / 4, softmax: 1 / 2 };

/** Turns a row's outputs into probabilities, in place, and adds the losses: of softmax one of the row, under its first output. */
type Activate = (row: Float64Array, targets: Float64Array, losses: Float64Array) => void;

function softmaxRow(row: Float64Array, targets: Float64Array, losses: Float64Array): void {
  const most = row.reduce((most, value) => Math.max(most, value), -Infinity);
  let sum = 0;
  for (let k = 0; k < row.length; k++) {
    losses[0]! -= targets[k]! * (row[k]! - most);
    sum += row[k] = Math.exp(row[k]! - most);
  }
  for (let k = 0; k < row.length; k++) row[k]! /= sum;
  losses[0]! += Math.log(sum);
}

function sigmoidRow(row: Float64Array, targets: Float64Array, losses: Float64Array): void {
  for (let k = 0; k < row.length; k++) {
    const output = row[k]!, small = Math.exp(-Math.abs(output));
    losses[k]! += Math.max(0, output) - targets[k]! * output + Math.log1p(small);
    row[k] = (output >= 0 ? 1 : small) / (1 + small);
  }
}

/**
 * Turns outputs `[rows, outputs]` into probabilities, in place.
 *
 * @param targets of the same shape: labels, or with softmax shares of classes that sum to 1
 * @returns the log loss of each output, summed over rows; of softmax the first has all of it
 */
export function activateOutputs(outputs: Matrix, targets: Matrix, kind: LogisticKind): Float64Array {
  const { rows, columns, values } = outputs, losses = new Float64Array(columns);
  const activate: Activate = kind === "softmax" ? softmaxRow : sigmoidRow;
  for (let row = 0; row < rows; row++) {
    const [from, to] = [row * columns, (row + 1) * columns];
    activate(values.subarray(from, to), targets.values.subarray(from, to), losses);
  }
  return losses;
}

/** Some columns of a matrix. */
function columnsOf({ rows, columns, values }: Matrix, chosen: readonly number[]): Matrix {
  if (chosen.length === columns) return { rows, columns, values };
  const made = zeros(rows, chosen.length);
  for (let i = 0; i < made.values.length; i++) {
    const row = Math.floor(i / chosen.length);
    made.values[i] = values[row * columns + chosen[i % chosen.length]!]!;
  }
  return made;
}

/** A head as a point: for each output the weights and then the intercept. */
function pointOf({ weights: { values, columns }, intercepts }: LinearHead): Float64Array {
  const point = new Float64Array(values.length + intercepts.length);
  for (const [output, intercept] of intercepts.entries()) {
    point.set(values.subarray(output * columns, (output + 1) * columns), output * (columns + 1));
    point[(output + 1) * (columns + 1) - 1] = intercept;
  }
  return point;
}

function headAt(point: Float64Array, width: number): LinearHead {
  const intercepts = new Float64Array(point.length / (width + 1)), weights = zeros(intercepts.length, width);
  for (let output = 0; output < intercepts.length; output++) {
    const from = output * (width + 1);
    weights.values.set(point.subarray(from, from + width), output * width);
    intercepts[output] = point[from + width]!;
  }
  return { weights, intercepts };
}

/** What is fitted: training rows, `columns` their features by column. */
interface Fit {
  readonly features: Matrix;
  readonly columns: Matrix;
  readonly targets: Matrix;
  readonly kind: LogisticKind;
}

/** Penalized losses of a head with the outputs of `targets`, one of each output, and their gradient. */
function lossesAt(head: LinearHead, strength: number, { features, columns, targets, kind }: Fit) {
  const outputs = outputsOf(head, features), losses = activateOutputs(outputs, targets, kind);
  const errors = transposed({
    ...outputs,
    values: outputs.values.map((value, i) => value - targets.values[i]!),
  });
  const weights = timesTransposed(errors, columns), { values } = head.weights, width = columns.rows;
  for (let i = 0; i < values.length; i++) {
    losses[Math.floor(i / width)]! += strength / 2 * values[i]! ** 2;
    weights.values[i]! += strength * values[i]!;
  }
  const intercepts = losses.map((_, output) => {
    const own = errors.values.subarray(output * errors.columns, (output + 1) * errors.columns);
    return own.reduce((sum, error) => sum + error, 0);
  });
  return { losses, gradient: pointOf({ weights, intercepts }) };
}

/** A gradient in steps on the scale of the curvature's upper bound. */
function withBound(gradient: Float64Array, lower: Lower, curvature: number): Float64Array {
  const { weights, intercepts } = headAt(gradient, lower.columns);
  return pointOf({
    weights: solve(lower, weights),
    intercepts: intercepts.map((value) => value / curvature),
  });
}

/** Fits at a strength: with softmax all outputs as one, else each by itself, their losses computed together. */
function fitAt(
  fit: Fit,
  start: LinearHead,
  options: { strength: number; lower: Lower } & LogisticOptions,
): LinearHead {
  const { strength, lower, kind, tolerance } = options, width = fit.columns.rows;
  const precondition = (gradient: Float64Array) =>
    withBound(gradient, lower, STEEPEST[kind] * fit.features.rows);
  const size = kind === "softmax" ? start.intercepts.length * (width + 1) : width + 1, from = pointOf(start);
  const starts = Array.from({ length: from.length / size }, (_, i) => from.slice(i * size, (i + 1) * size));
  const found = minimizeTogether(
    starts.map((start) => minimizer(start, { precondition, tolerance: tolerance * fit.features.rows })),
    (asked): Valued[] => {
      const head = headAt(joinNumbers(asked.map(({ point }) => point)), width);
      const targets = kind === "softmax"
        ? fit.targets
        : columnsOf(fit.targets, asked.map(({ index }) => index));
      const { losses, gradient } = lossesAt(head, strength, { ...fit, targets });
      if (kind === "softmax") return [{ value: losses.reduce((sum, loss) => sum + loss), gradient }];
      return asked.map((_, i) => ({ value: losses[i]!, gradient: gradient.slice(i * size, (i + 1) * size) }));
    },
  );
  return headAt(joinNumbers(found), width);
}

/**
 * Logistic regression with an intercept that is not penalized: least sum of the rows' log losses + strength / 2 |w|^2,
 * as scikit-learn's LogisticRegression has it with C = 1 / strength. By L-BFGS on the scale of the curvature's upper
 * bound, which is computed once for all strengths.
 *
 * Source of the bound: Boehning, "Multinomial logistic regression algorithm", 1992.
 *
 * @param features `[rows, features]`, each of mean 0
 * @param targets `[rows, outputs]`
 */
export function logisticFitter(features: Matrix, targets: Matrix, options: LogisticOptions): Fitter {
  const columns = transposed(features), gram = timesTransposed(columns, columns), { kind } = options;
  const zero = {
    weights: zeros(targets.columns, features.columns),
    intercepts: new Float64Array(targets.columns),
  };
  return (strength, start = zero) => {
    const lower = decompose(gram, { scale: STEEPEST[kind], diagonal: strength });
    return fitAt({ features, columns, targets, kind }, start, { strength, lower, ...options });
  };
}
