import { dataProblem } from "../base/problem.ts";
import type { Predictions } from "../predictions/predictions.ts";

const MENTIONED = 3;

function some(ids: readonly string[]): string {
  const first = ids.slice(0, MENTIONED).map((id) => `"${id}"`).join(", ");
  return ids.length > MENTIONED ? `${first} and ${ids.length - MENTIONED} more` : first;
}

function rowOf({ ids }: Predictions): Map<string, number> {
  return new Map(ids.map((id, row) => [id, row]));
}

/** Throws a data problem when two files have different Ids. */
export function checkSameIds(first: Predictions, other: Predictions): void {
  const [known, there] = [rowOf(first), rowOf(other)];
  const missing = first.ids.filter((id) => !there.has(id));
  const extra = other.ids.filter((id) => !known.has(id));
  if (missing.length + extra.length === 0) return;
  const lacks = missing.length > 0
    ? `it lacks ${missing.length} Ids of "${first.path}": ${some(missing)}`
    : "";
  const has = extra.length > 0 ? `it has ${extra.length} Ids that "${first.path}" lacks: ${some(extra)}` : "";
  throw dataProblem(
    `Cannot join "${other.path}": ${[lacks, has].filter((text) => text !== "").join("; ")}`,
    "Run inference again for both on the same split",
  );
}

/** Throws a data problem when two files have different labels for an Id. */
export function checkSameLabels(first: Predictions, other: Predictions): void {
  if ((first.labels === null) !== (other.labels === null)) {
    throw dataProblem(`Cannot join "${other.path}" and "${first.path}": only one of them has labels`);
  }
  if (first.labels === null || other.labels === null) return;
  const rows = rowOf(other);
  const { classes, labels } = first;
  const different = first.ids.filter((id, row) => {
    const at = rows.get(id)! * classes;
    return labels.subarray(row * classes, (row + 1) * classes).some((label, c) =>
      label !== other.labels![at + c]
    );
  });
  if (different.length === 0) return;
  throw dataProblem(
    `Cannot join "${other.path}" and "${first.path}": they give other labels to ${some(different)}`,
    "Run inference again for both on the same split files",
  );
}

/**
 * Weighted mean of predictions, joined by Id, in the order of the first. Labels are copied, never averaged.
 *
 * Throws a data problem that names the file and the Ids when a file lacks or adds Ids or gives other labels.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const member = (ids: string[], p: number[]) =>
 *   ({ path: "a.csv", ids, classes: 1, labels: null, probabilities: Float64Array.from(p) });
 * const mean = averagePredictions([member(["a", "b"], [0, 1]), member(["b", "a"], [0.5, 1])], [1, 3]);
 * assertEquals([...mean.probabilities], [0.75, 0.625]);
 * ```
 */
export function averagePredictions(members: readonly Predictions[], weights: readonly number[]): Predictions {
  const [first, ...others] = members;
  if (!first) throw dataProblem("Cannot average: no prediction file is named");
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const probabilities = new Float64Array(first.probabilities.length);
  for (const [index, member] of members.entries()) {
    if (others.includes(member)) {
      checkSameIds(first, member);
      checkSameLabels(first, member);
    }
    const rows = rowOf(member);
    const share = weights[index]! / total;
    for (const [row, id] of first.ids.entries()) {
      const [to, from] = [row * first.classes, rows.get(id)! * first.classes];
      for (let c = 0; c < first.classes; c++) {
        probabilities[to + c]! += share * member.probabilities[from + c]!;
      }
    }
  }
  return { ...first, path: members.length === 1 ? first.path : "ensemble", probabilities };
}
