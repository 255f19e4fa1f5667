import { dataProblem } from "../base/problem.ts";
import { quoted } from "../base/quoted.ts";
import type { TargetKind } from "../plugin/contracts.ts";

/** Context of a label cell, for parsing and error messages. */
export interface LabelCell {
  /** File and Id, such as `"data/train.csv", Id "a"`. */
  readonly where: string;
  /** Number of classes. */
  readonly classes: number;
}

/**
 * Parses the class indices in a cell such as `"16 0"`, sorted and without duplicates; an empty cell has none.
 * Throws a data problem on anything that is not a class index.
 *
 * @example
 * ```ts
 * import { assertEquals, assertThrows } from "@std/assert";
 * assertEquals(parseIndices("16 0", { where: "train.csv", classes: 28 }), [0, 16]);
 * assertThrows(() => parseIndices("28", { where: "train.csv", classes: 28 }), Error, "0 to 27");
 * ```
 */
export function parseIndices(cell: string, { where, classes }: LabelCell): number[] {
  const words = cell.split(/\s+/).filter((word) => word !== "");
  const labels = words.map((word) => {
    const label = /^\d+$/.test(word) ? Number(word) : NaN;
    if (label < classes) return label;
    throw dataProblem(
      `Cannot read the labels ${quoted(cell)} (${where}): ${quoted(word)} is not a class; classes are 0 to ${
        classes - 1
      }`,
      "Correct the cell, or choose the layout that has this class with data.layout",
    );
  });
  return [...new Set(labels)].sort((a, b) => a - b);
}

/** Whether the labels of a target are numbers rather than class indices. */
export function isNumeric(target: TargetKind): boolean {
  return target === "value" || target === "probabilities";
}

function parseNumbers(cell: string, { where, classes }: LabelCell): number[] {
  const words = cell.split(/\s+/).filter((word) => word !== "");
  const numbers = words.map(Number);
  if (numbers.length === classes && numbers.every(Number.isFinite)) return numbers;
  throw dataProblem(
    `Cannot read the target ${quoted(cell)} (${where}): it must be ${classes} numbers`,
    "Correct the cell, or run stratified_split again",
  );
}

/**
 * Parses a target cell of a split file: class indices, or one number per class where the target is values or
 * probabilities. Throws a data problem on anything else.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const cell = { where: "split.csv", classes: 2 };
 * assertEquals(parseTarget("1 0", { ...cell, target: "class_set" }), [0, 1]);
 * assertEquals(parseTarget("1 0.25", { ...cell, target: "value" }), [1, 0.25]);
 * ```
 */
export function parseTarget(cell: string, options: LabelCell & { readonly target: TargetKind }): number[] {
  return isNumeric(options.target) ? parseNumbers(cell, options) : parseIndices(cell, options);
}

/** Formats class indices as in upstream, `"0 16"`, or the numbers of a target. */
export function formatIndices(labels: readonly number[]): string {
  return labels.join(" ");
}

/** Throws a data problem on a duplicate Id. */
export function checkUnique(ids: Iterable<string>, file: string): void {
  const seen = new Set<string>();
  for (const id of ids) {
    if (seen.has(id)) {
      throw dataProblem(
        `Cannot use "${file}": the Id ${quoted(id)} is there twice`,
        "Keep one row for each Id",
      );
    }
    seen.add(id);
  }
}

/** Compares by Id in UTF-16 code units, the sort order used everywhere, for determinism. */
export function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
