import { dataProblem } from "../base/problem.ts";
import { quoted } from "../base/quoted.ts";
import type { Predictions } from "../predictions/predictions.ts";

/** Predictions whose labels are known. */
export interface LabelledPredictions extends Predictions {
  readonly labels: Uint8Array | Float32Array;
}

/** The predictions with their labels. Throws a data problem where a file has none. */
export function labelledPredictions(predictions: Predictions): LabelledPredictions {
  const { labels, path } = predictions;
  if (labels !== null) return { ...predictions, labels };
  throw dataProblem(
    `Cannot report on "${path}": it has no labels (columns L00, L01 ..)`,
    'Make it anew with "deno task inference --split=val" or "--split=test_val"',
  );
}

function checkLabels(
  id: string,
  { path, labels }: { readonly path: string; readonly labels: ArrayLike<number> },
  known: ArrayLike<number>,
): void {
  for (let label = 0; label < known.length; label++) {
    if (labels[label] === known[label]) continue;
    throw dataProblem(
      `Cannot join "${path}" with the other prediction files: it gives other labels to the Id ${quoted(id)}`,
      "Run inference again for all configs on the same split files",
    );
  }
}

/**
 * What several models predict together: each Id once, sorted, with the mean of the models that predicted it. Models of the
 * same rows give their ensemble, models of different folds the predictions out of fold, and folds of several models the
 * ensemble out of fold.
 *
 * Throws a data problem where two files give other labels to an Id.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const fold = (id: string, p: number) =>
 *   ({ path: id, ids: [id], classes: 1, labels: Uint8Array.of(1), probabilities: Float64Array.of(p) });
 * const { ids, probabilities } = joinPredictions([fold("b", 0.5), fold("a", 0.25), fold("b", 1)]);
 * assertEquals([ids, [...probabilities]], [["a", "b"], [0.25, 0.75]]);
 * ```
 */
export function joinPredictions(members: readonly LabelledPredictions[]): LabelledPredictions {
  const classes = members[0]!.classes;
  const ids = [...new Set(members.flatMap((member) => member.ids))].sort();
  const rows = new Map(ids.map((id, row) => [id, row]));
  const labels = new Float32Array(ids.length * classes), probabilities = new Float64Array(labels.length);
  const seen = new Uint16Array(ids.length);
  for (const { path, ...member } of members) {
    for (const [from, id] of member.ids.entries()) {
      const row = rows.get(id)!, own = member.labels.subarray(from * classes, (from + 1) * classes);
      const known = labels.subarray(row * classes, (row + 1) * classes);
      if (seen[row] === 0) known.set(own);
      else checkLabels(id, { path, labels: own }, known);
      seen[row]! += 1;
      for (let label = 0; label < classes; label++) {
        probabilities[row * classes + label]! += member.probabilities[from * classes + label]!;
      }
    }
  }
  for (let cell = 0; cell < probabilities.length; cell++) {
    probabilities[cell]! /= seen[Math.floor(cell / classes)]!;
  }
  return { path: "all models together", ids, classes, labels, probabilities };
}
