import { join } from "@std/path";
import type { Split } from "../base/example.ts";
import { writeCsv } from "../formats/csv.ts";
import { formatIndices } from "../layout/labels.ts";

/** A row with its fold. */
export interface FoldRow {
  readonly id: string;
  readonly labels: readonly number[];
  readonly fold: number;
}

/**
 * The role of a fold in split number i, as in upstream: folds 2i and 2i + 1 are val, the last fold is test_val in every
 * split, the others are train.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const splits = [0, 1, 2, 3, 4].map((fold) => splitOfFold(fold, { index: 1, folds: 5 }));
 * assertEquals(splits, ["train", "train", "val", "val", "test_val"]);
 * ```
 */
export function splitOfFold(fold: number, split: { readonly index: number; readonly folds: number }): Split {
  if (fold === split.folds - 1) return "test_val";
  return Math.floor(fold / 2) === split.index ? "val" : "train";
}

/**
 * Writes one split file per pair of folds, with columns Id, Target, Split.
 *
 * @returns the paths written
 */
export async function writeSplitFiles(
  rows: readonly FoldRow[],
  options: { readonly dir: string; readonly prefix: string; readonly folds: number },
): Promise<string[]> {
  const paths: string[] = [];
  for (let index = 0; index < (options.folds - 1) / 2; index++) {
    const path = join(options.dir, `${options.prefix}.${index}.csv`);
    const split = { index, folds: options.folds };
    await writeCsv(
      path,
      ["Id", "Target", "Split"],
      rows.map((row) => [row.id, formatIndices(row.labels), splitOfFold(row.fold, split)]),
    );
    paths.push(path);
  }
  return paths;
}
