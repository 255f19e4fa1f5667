/**
 * Solves a symmetric positive definite system by Cholesky's decomposition.
 *
 * @param matrix `[size, size]`, row by row; its lower triangle is read
 */
export function solvePositive(matrix: Float64Array, right: Float64Array): Float64Array {
  const size = right.length, lower = new Float64Array(matrix.length), solution = right.slice();
  for (let row = 0; row < size; row++) {
    for (let column = 0; column <= row; column++) {
      let sum = matrix[row * size + column]!;
      for (let k = 0; k < column; k++) sum -= lower[row * size + k]! * lower[column * size + k]!;
      lower[row * size + column] = row === column
        ? Math.sqrt(Math.max(sum, 1e-12))
        : sum / lower[column * size + column]!;
    }
  }
  for (let row = 0; row < size; row++) {
    for (let k = 0; k < row; k++) solution[row]! -= lower[row * size + k]! * solution[k]!;
    solution[row]! /= lower[row * size + row]!;
  }
  for (let row = size - 1; row >= 0; row--) {
    for (let k = row + 1; k < size; k++) solution[row]! -= lower[k * size + row]! * solution[k]!;
    solution[row]! /= lower[row * size + row]!;
  }
  return solution;
}
