import { dataProblem } from "../base/problem.ts";

/** Where a cell of labels was read, for messages. */
export interface LabelCell {
  /** File and Id, such as `"data/train.csv", Id "a"`. */
  readonly where: string;
  /** Number of classes. */
  readonly classes: number;
}

/**
 * Class indices in a cell such as `"16 0"`, ascending and without repeats; an empty cell has none.
 * Throws a data problem on anything that is not the index of a class.
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
      `Cannot read the labels "${cell}" (${where}): "${word}" is not a class; classes are 0 to ${
        classes - 1
      }`,
      "Correct the cell, or choose the layout that has this class with data.layout",
    );
  });
  return [...new Set(labels)].sort((a, b) => a - b);
}

/** Class indices as upstream writes them: `"0 16"`. */
export function formatIndices(labels: readonly number[]): string {
  return labels.join(" ");
}

/** Throws a data problem when an Id is there twice. */
export function checkUnique(ids: Iterable<string>, file: string): void {
  const seen = new Set<string>();
  for (const id of ids) {
    if (seen.has(id)) {
      throw dataProblem(`Cannot use "${file}": the Id "${id}" is there twice`, "Keep one row for each Id");
    }
    seen.add(id);
  }
}

/** Puts Ids in the one order that every decision uses: by UTF-16 code units. */
export function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
