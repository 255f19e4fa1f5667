import type { Matrix } from "./matrix.ts";

/** Features of all images, `[images, width]`. */
export interface FeatureTable {
  readonly width: number;
  readonly values: Float32Array;
}

/** Mean and deviation of each feature over some rows. */
export interface Scale {
  readonly mean: Float64Array;
  /** Population deviation; 1 of a feature that never changes. */
  readonly deviation: Float64Array;
}

/** The mean and deviation of some rows of a table. */
export function scaleOf({ width, values }: FeatureTable, rows: readonly number[]): Scale {
  const mean = new Float64Array(width), squares = new Float64Array(width);
  for (const row of rows) for (let i = 0; i < width; i++) mean[i]! += values[row * width + i]! / rows.length;
  for (const row of rows) {
    for (let i = 0; i < width; i++) squares[i]! += (values[row * width + i]! - mean[i]!) ** 2 / rows.length;
  }
  // What is less than float32 tells apart is no change.
  const isConstant = (square: number, i: number) => Math.sqrt(square) <= 1e-7 * Math.abs(mean[i]!);
  return { mean, deviation: squares.map((square, i) => isConstant(square, i) ? 1 : Math.sqrt(square)) };
}

/** Some rows of a table, standardized by a scale: `[rows, width]`. */
export function standardized(
  { width, values }: FeatureTable,
  rows: readonly number[],
  { mean, deviation }: Scale,
): Matrix {
  const made = new Float64Array(rows.length * width);
  for (const [place, row] of rows.entries()) {
    for (let i = 0; i < width; i++) {
      made[place * width + i] = (values[row * width + i]! - mean[i]!) / deviation[i]!;
    }
  }
  return { rows: rows.length, columns: width, values: made };
}
