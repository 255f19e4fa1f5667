import { dataProblem } from "../base/problem.ts";
import { quoted } from "../base/quoted.ts";
import { readCsv } from "../formats/csv.ts";
import { parseIndices } from "../layout/labels.ts";
import type { Layout } from "../plugin/contracts.ts";
import { submissionId } from "./sample.ts";

/** Known targets by submission Id: a number for each class, 1 for the true ones, or the values. */
export interface KnownTargets {
  readonly targets: ReadonlyMap<string, Float64Array>;
  /** Ids with conflicting targets, sorted; the last one is used. */
  readonly conflicting: readonly string[];
}

function parseValues(cell: string, { where, classes }: { where: string; classes: number }): Float64Array {
  const words = cell.split(/\s+/).filter((word) => word !== "");
  const values = Float64Array.from(words, Number);
  if (values.length === classes && values.every(Number.isFinite)) return values;
  throw dataProblem(
    `Cannot read the target ${quoted(cell)} (${where}): ${classes} numbers are needed`,
    "Correct the cell",
  );
}

function parseTarget(cell: string, where: string, { classes: { length: classes }, target }: Layout) {
  if (target === "value" || target === "probabilities") return parseValues(cell, { where, classes });
  const known = new Float64Array(classes);
  for (const label of parseIndices(cell, { where, classes })) known[label] = 1;
  return known;
}

/**
 * Reads known labels of test images from files with columns Id and Target; on conflicts the last row of the last file
 * is used, as in upstream. Throws a data problem on an unknown class or an Id that is not a test image.
 */
export async function readKnownTargets(
  paths: readonly string[],
  { layout, testIds }: { readonly layout: Layout; readonly testIds: readonly string[] },
): Promise<KnownTargets> {
  const wanted = new Set(testIds);
  const targets = new Map<string, Float64Array>();
  const conflicting = new Set<string>();
  for (const path of paths) {
    const next = `Make it with "deno task find_data_leak", or take it off the list of leaks`;
    for (const { Id: id, Target: cell } of await readCsv(path, { columns: ["Id", "Target"], next })) {
      if (!wanted.has(id)) throw dataProblem(`Cannot use "${path}": the Id "${id}" is no test image`, next);
      const target = parseTarget(cell, `"${path}", Id "${id}"`, layout), key = submissionId(layout, id);
      const before = targets.get(key);
      if (before && before.join() !== target.join()) conflicting.add(key);
      targets.set(key, target);
    }
  }
  return { targets, conflicting: [...conflicting].sort() };
}
