import { dataProblem } from "../base/problem.ts";

/** Numbers of 0, 1, 2 .. for numbers of any kind, in the order of their first place. */
export function renumber(
  values: ArrayLike<number>,
): { readonly numbers: Int32Array; readonly count: number } {
  const known = new Map<number, number>();
  const numbers = Int32Array.from(values, (value) => {
    if (!known.has(value)) known.set(value, known.size);
    return known.get(value)!;
  });
  return { numbers, count: known.size };
}

/** Throws a data problem when there is one fold alone, or a group with rows in two folds, which is named with them. */
export function checkFolds(folds: ArrayLike<number>, groups: ArrayLike<number>): void {
  const foldOf = new Map<number, number>(), seen = new Set<number>();
  for (let row = 0; row < folds.length; row++) {
    const known = foldOf.get(groups[row]!) ?? folds[row]!;
    seen.add(folds[row]!);
    foldOf.set(groups[row]!, known);
    if (known === folds[row]) continue;
    throw dataProblem(
      `Cannot score decisions: group ${groups[row]} has rows in fold ${known} and in fold ${
        folds[row]
      } (row ${row})`,
      "Make the split again, so that pictures of a group are in one fold",
    );
  }
  if (seen.size < 2) {
    throw dataProblem(
      "Cannot score decisions: all rows are in one fold, and none is left to choose on",
      "Give the predictions of at least two folds",
    );
  }
}
