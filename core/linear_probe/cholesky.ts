import type { Matrix } from "./matrix.ts";

/** The lower triangle L of Cholesky's decomposition L L^T of a symmetric positive definite matrix. */
export type Lower = Matrix;

/** Dot product of two stretches of numbers. */
function dot(values: Float64Array, at: number, other: Float64Array, to: number, count: number): number {
  let first = 0, second = 0, i = 0;
  for (; i + 1 < count; i += 2) {
    first += values[at + i]! * other[to + i]!;
    second += values[at + i + 1]! * other[to + i + 1]!;
  }
  return i < count ? first + second + values[at + i]! * other[to + i]! : first + second;
}

/**
 * Cholesky's decomposition of `scale * matrix` with a number added to its diagonal.
 *
 * @throws RangeError when the sum is not positive definite
 */
export function decompose(
  { rows, values }: Matrix,
  { scale = 1, diagonal }: { readonly scale?: number; readonly diagonal: number },
): Lower {
  const lower = new Float64Array(values.length);
  for (let row = 0; row < rows; row++) {
    const own = row * rows;
    for (let column = 0; column < row; column++) {
      const other = column * rows;
      const rest = scale * values[own + column]! - dot(lower, own, lower, other, column);
      lower[own + column] = rest / lower[other + column]!;
    }
    const rest = scale * values[own + row]! + diagonal - dot(lower, own, lower, own, row);
    if (!(rest > 0)) throw new RangeError("The matrix is not positive definite");
    lower[own + row] = Math.sqrt(rest);
  }
  return { rows, columns: rows, values: lower };
}

/** Solves L L^T x = b for each row b of `right`; the solutions are rows as well. */
export function solve({ rows: size, values: lower }: Lower, right: Matrix): Matrix {
  const solutions = right.values.slice();
  for (let start = 0; start < solutions.length; start += size) {
    for (let row = 0; row < size; row++) {
      solutions[start + row]! -= dot(lower, row * size, solutions, start, row);
      solutions[start + row]! /= lower[row * size + row]!;
    }
    for (let row = size - 1; row >= 0; row--) {
      const value = solutions[start + row]! /= lower[row * size + row]!;
      for (let k = 0; k < row; k++) solutions[start + k]! -= value * lower[row * size + k]!;
    }
  }
  return { ...right, values: solutions };
}
