import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { Random } from "../../../core/base/random.ts";
import { decompose, solve } from "../../../core/linear_probe/cholesky.ts";
import { type Matrix, timesTransposed, transposed } from "../../../core/linear_probe/matrix.ts";
import { scaleOf, standardized } from "../../../core/linear_probe/standardize.ts";

function randomMatrix(rows: number, columns: number): Matrix {
  const random = new Random(rows, "matrix", columns);
  return {
    rows,
    columns,
    values: Float64Array.from({ length: rows * columns }, () => random.uniform(-1, 1)),
  };
}

function at({ columns, values }: Matrix, row: number, column: number): number {
  return values[row * columns + column]!;
}

Deno.test("products are sums of products, of any number of rows and columns, also with itself", () => {
  for (
    const [rows, others, columns] of [[1, 1, 1], [2, 4, 3], [3, 5, 513], [7, 6, 1030], [4, 0, 2]] as const
  ) {
    const left = randomMatrix(rows, columns), right = randomMatrix(others, columns);
    for (const [one, two] of [[left, right], [left, left]] as const) {
      const made = timesTransposed(one, two);
      assertEquals([made.rows, made.columns], [one.rows, two.rows]);
      for (let i = 0; i < one.rows; i++) {
        for (let j = 0; j < two.rows; j++) {
          let sum = 0;
          for (let k = 0; k < columns; k++) sum += at(one, i, k) * at(two, j, k);
          assertAlmostEquals(at(made, i, j), sum, 1e-12);
        }
      }
    }
  }
  assertThrows(() => timesTransposed(randomMatrix(2, 3), randomMatrix(2, 4)), RangeError);
});

Deno.test("a matrix turned twice is itself", () => {
  const matrix = randomMatrix(35, 18), turned = transposed(matrix);
  assertEquals(at(turned, 4, 30), at(matrix, 30, 4));
  assertEquals(transposed(turned), matrix);
});

Deno.test("solutions put into their equations give the right sides", () => {
  const factor = randomMatrix(9, 20), matrix = timesTransposed(factor, factor), right = randomMatrix(4, 9);
  const found = solve(decompose(matrix, { scale: 0.5, diagonal: 0.25 }), right);
  for (let row = 0; row < 4; row++) {
    for (let i = 0; i < 9; i++) {
      let sum = 0.25 * at(found, row, i);
      for (let k = 0; k < 9; k++) sum += 0.5 * at(matrix, i, k) * at(found, row, k);
      assertAlmostEquals(sum, at(right, row, i), 1e-10);
    }
  }
  assertThrows(
    () => decompose({ rows: 1, columns: 1, values: Float64Array.of(-1) }, { diagonal: 0 }),
    RangeError,
  );
});

Deno.test("features are standardized by the rows named, and one that never changes is only centred", () => {
  const table = { width: 2, values: Float32Array.of(0.1, 1, 0.1, 5, 0.1, 9, 0.1, 13) };
  const scale = scaleOf(table, [0, 1]), made = standardized(table, [0, 1, 3], scale);
  const expected = [0, -1, 0, 1, 0, 5];
  for (const [i, value] of made.values.entries()) assertAlmostEquals(value, expected[i]!, 1e-6);
});
