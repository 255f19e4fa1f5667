import type { Predictions } from "./predictions.ts";

/**
 * The rows of several prediction files by Id; an Id that several files hold gets their mean.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const file = (ids: string[], p: number[]) =>
 *   ({ path: "a.csv", ids, classes: 1, labels: null, probabilities: Float64Array.from(p) });
 * const rows = joinPredictions([file(["a", "b"], [0, 1]), file(["b", "c"], [0.5, 0.25])]);
 * assertEquals([...rows].map(([id, row]) => [id, ...row]), [["a", 0], ["b", 0.75], ["c", 0.25]]);
 * ```
 */
export function joinPredictions(files: readonly Predictions[]): Map<string, Float64Array> {
  const sums = new Map<string, { readonly row: Float64Array; files: number }>();
  for (const { ids, classes, probabilities } of files) {
    for (const [index, id] of ids.entries()) {
      const sum = sums.get(id) ?? { row: new Float64Array(classes), files: 0 };
      for (let c = 0; c < classes; c++) sum.row[c]! += probabilities[index * classes + c]!;
      sum.files += 1;
      sums.set(id, sum);
    }
  }
  return new Map([...sums].map(([id, { row, files }]) => [id, row.map((value) => value / files)]));
}

/**
 * Some rows of predictions, in the order given.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const probabilities = Float64Array.of(0.25, 0.5, 0.75);
 * const file = { path: "a.csv", ids: ["a", "b", "c"], classes: 1, labels: null, probabilities };
 * const { ids, probabilities: own } = selectRows(file, [2, 0]);
 * assertEquals([ids, [...own]], [["c", "a"], [0.75, 0.25]]);
 * ```
 */
export function selectRows(predictions: Predictions, rows: readonly number[]): Predictions {
  const { ids, classes, labels, probabilities } = predictions;
  const own = new Float64Array(rows.length * classes);
  const ownLabels = labels && new (labels instanceof Uint8Array ? Uint8Array : Float32Array)(own.length);
  for (const [to, from] of rows.entries()) {
    const [start, end] = [from * classes, (from + 1) * classes];
    own.set(probabilities.subarray(start, end), to * classes);
    if (labels) ownLabels!.set(labels.subarray(start, end), to * classes);
  }
  return { ...predictions, ids: rows.map((row) => ids[row]!), labels: ownLabels, probabilities: own };
}
