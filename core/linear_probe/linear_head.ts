import { type Matrix, timesTransposed } from "./matrix.ts";

/** A linear layer on standardized features. */
export interface LinearHead {
  /** `[outputs, features]`. */
  readonly weights: Matrix;
  /** One for each output. */
  readonly intercepts: Float64Array;
}

/** Fits a head of some training rows at a strength of the penalty; may begin at the head of another strength. */
export type Fitter = (strength: number, start?: LinearHead) => LinearHead;

/** Outputs of a head for standardized features `[rows, features]`: `[rows, outputs]`. */
export function outputsOf({ weights, intercepts }: LinearHead, features: Matrix): Matrix {
  const outputs = timesTransposed(features, weights), { values, columns } = outputs;
  for (let i = 0; i < values.length; i++) values[i]! += intercepts[i % columns]!;
  return outputs;
}
