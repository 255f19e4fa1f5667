import type { Affine } from "./coordinate_map.ts";

/** A point (x, y). */
export type Point = readonly [number, number];

/** One elimination step of `solve`: the row with the largest pivot comes up, the rows below lose their column. */
function eliminate(rows: Float64Array[], column: number): void {
  let pivot = column;
  for (let j = column + 1; j < 6; j++) {
    if (Math.abs(rows[j]![column]!) > Math.abs(rows[pivot]![column]!)) pivot = j;
  }
  [rows[column], rows[pivot]] = [rows[pivot]!, rows[column]!];
  const top = rows[column]!;
  const d = -1 / top[column]!;
  for (let j = column + 1; j < 6; j++) {
    const row = rows[j]!, factor = row[column]! * d;
    for (let k = column + 1; k < 7; k++) row[k]! += factor * top[k]!;
  }
}

/**
 * The affine matrix that takes three points to three points, as `cv2.getAffineTransform`: LU decomposition with pivots in
 * OpenCV's order of operations, so that not even the last bit differs. Points on one line give zeros.
 */
export function affineFromPoints(
  source: readonly [Point, Point, Point],
  target: readonly [Point, Point, Point],
): Affine {
  const rows = source.flatMap(([x, y], i) => [
    Float64Array.of(x, y, 1, 0, 0, 0, target[i]![0]),
    Float64Array.of(0, 0, 0, x, y, 1, target[i]![1]),
  ]);
  for (let column = 0; column < 6; column++) eliminate(rows, column);
  const result = [0, 0, 0, 0, 0, 0] as [number, number, number, number, number, number];
  for (let i = 5; i >= 0; i--) {
    const row = rows[i]!;
    let sum = row[6]!;
    for (let k = i + 1; k < 6; k++) sum -= row[k]! * result[k]!;
    result[i] = sum / row[i]!;
  }
  return result.every(Number.isFinite) ? result : [0, 0, 0, 0, 0, 0];
}
