import type { Times } from "./bootstrap.ts";

/** Errors of one predicted quantity. */
export interface ValueErrors {
  /** Root of the mean squared error. */
  readonly rmse: number;
  /** Mean absolute error. */
  readonly mae: number;
  /** Mean of prediction minus truth. */
  readonly bias: number;
  /** Share of the variance that is explained; NaN where all true values are alike. */
  readonly r2: number;
}

/** True and predicted values of one quantity. */
export interface ValueColumn {
  readonly truth: Float64Array;
  readonly predicted: Float64Array;
}

/** One column of `[rows, classes]`. */
export function valueColumn(
  { classes, labels, probabilities }: {
    readonly classes: number;
    readonly labels: ArrayLike<number>;
    readonly probabilities: Float64Array;
  },
  column: number,
): ValueColumn {
  const take = (values: ArrayLike<number>) =>
    Float64Array.from(
      { length: probabilities.length / classes },
      (_, row) => values[row * classes + column]!,
    );
  return { truth: take(labels), predicted: take(probabilities) };
}

/** Errors of one quantity; with `times` each row counts as often as it is in a resample. */
export function valueErrors({ truth, predicted }: ValueColumn, times?: Times): ValueErrors {
  let [count, sum, squares, absolute, bias, error] = [0, 0, 0, 0, 0, 0];
  const origin = truth[0] ?? 0;
  for (let row = 0; row < truth.length; row++) {
    const weight = times === undefined ? 1 : times[row]!, off = predicted[row]! - truth[row]!;
    const shifted = truth[row]! - origin;
    count += weight;
    sum += weight * shifted;
    squares += weight * shifted * shifted;
    absolute += weight * Math.abs(off);
    bias += weight * off;
    error += weight * off * off;
  }
  const spread = squares - sum * sum / count;
  return {
    rmse: Math.sqrt(error / count),
    mae: absolute / count,
    bias: bias / count,
    r2: spread > 0 ? 1 - error / spread : NaN,
  };
}
