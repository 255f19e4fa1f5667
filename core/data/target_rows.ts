import type { Example } from "../base/example.ts";
import { dataProblem } from "../base/problem.ts";
import { isNumeric } from "../layout/labels.ts";
import type { TargetKind } from "../plugin/contracts.ts";

/** Options of {@link targetRows}. */
export interface TargetOptions {
  readonly classes: number;
  readonly target: TargetKind;
}

function classRows(examples: readonly Example[], classes: number): Uint8Array<ArrayBuffer> {
  const rows = new Uint8Array(examples.length * classes);
  for (const [row, { labels }] of examples.entries()) {
    for (const label of labels!) rows[row * classes + label] = 1;
  }
  return rows;
}

/** The rows with those of soft targets in place. */
function withSoftRows(
  examples: readonly Example[],
  rows: Uint8Array<ArrayBuffer> | Float32Array<ArrayBuffer>,
  classes: number,
): Float32Array<ArrayBuffer> {
  const soft = Float32Array.from(rows);
  for (const [row, example] of examples.entries()) if (example.soft) soft.set(example.soft, row * classes);
  return soft;
}

function numberRows(examples: readonly Example[], classes: number): Float32Array<ArrayBuffer> {
  const rows = new Float32Array(examples.length * classes);
  for (const [row, { id, labels }] of examples.entries()) {
    if (labels!.length !== classes) {
      throw dataProblem(`Cannot use "${id}": it has ${labels!.length} numbers, the layout names ${classes}`);
    }
    rows.set(labels!, row * classes);
  }
  return rows;
}

/**
 * Target matrix of examples, `[examples, classes]`: multi-hot labels, or the examples' numbers when the target is
 * values or probabilities; of examples with soft targets these, as float32. Null when the labels of any example are
 * unknown.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const example = (labels: number[]) => ({ id: "a", source: "train" as const, files: [], labels });
 * assertEquals([...targetRows([example([2]), example([0])], { classes: 3, target: "class" })!], [0, 0, 1, 1, 0, 0]);
 * assertEquals([...targetRows([example([0.5])], { classes: 1, target: "value" })!], [0.5]);
 * ```
 */
export function targetRows(
  examples: readonly Example[],
  { classes, target }: TargetOptions,
): Uint8Array<ArrayBuffer> | Float32Array<ArrayBuffer> | null {
  if (examples.some(({ labels }) => labels === null)) return null;
  const rows = isNumeric(target) ? numberRows(examples, classes) : classRows(examples, classes);
  return examples.some(({ soft }) => soft) ? withSoftRows(examples, rows, classes) : rows;
}
