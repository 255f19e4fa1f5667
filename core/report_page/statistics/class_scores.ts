import type { Times } from "./bootstrap.ts";

/** Answers and labels of images: 1 where an image has the class, `[rows, classes]`. */
export interface Answered {
  readonly classes: number;
  readonly answers: Uint8Array;
  readonly labels: ArrayLike<number>;
}

/** The cells that are answered or labelled; all others count for no precision, recall or F1. */
export interface MarkedCells {
  readonly rows: Uint32Array;
  readonly classes: Uint32Array;
  readonly answered: Uint8Array;
  readonly labelled: Uint8Array;
}

/** Counts of each class. */
export interface ClassCounts {
  /** Answered and labelled. */
  readonly hits: Float64Array;
  readonly answered: Float64Array;
  readonly labelled: Float64Array;
}

/** Collects the cells that count. */
export function markCells({ classes, answers, labels }: Answered): MarkedCells {
  const marked: number[] = [];
  for (let cell = 0; cell < answers.length; cell++) {
    if (answers[cell] === 1 || labels[cell] === 1) marked.push(cell);
  }
  return {
    rows: Uint32Array.from(marked, (cell) => Math.floor(cell / classes)),
    classes: Uint32Array.from(marked, (cell) => cell % classes),
    answered: Uint8Array.from(marked, (cell) => answers[cell]!),
    labelled: Uint8Array.from(marked, (cell) => labels[cell]!),
  };
}

/** Counts of each class; with `times` each row counts as often as it is in a resample. */
export function countCells(cells: MarkedCells, classes: number, times?: Times): ClassCounts {
  const zeros = () => new Float64Array(classes);
  const counts = { hits: zeros(), answered: zeros(), labelled: zeros() };
  for (let at = 0; at < cells.rows.length; at++) {
    const weight = times === undefined ? 1 : times[cells.rows[at]!]!;
    if (weight === 0) continue;
    const label = cells.classes[at]!, answered = cells.answered[at]!, labelled = cells.labelled[at]!;
    counts.answered[label]! += weight * answered;
    counts.labelled[label]! += weight * labelled;
    counts.hits[label]! += weight * (answered & labelled);
  }
  return counts;
}

/** Scores of one class; 0 where nothing is answered or labelled, as scikit-learn with `zero_division=0`. */
export interface ClassScore {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

/**
 * Precision, recall and F1 of one class.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const of = (value: number) => Float64Array.of(value);
 * const counts = { hits: of(2), answered: of(4), labelled: of(2) };
 * assertEquals(classScore(counts, 0), { precision: 0.5, recall: 1, f1: 2 / 3 });
 * ```
 */
export function classScore({ hits, answered, labelled }: ClassCounts, label: number): ClassScore {
  const [hit, all, wanted] = [hits[label]!, answered[label]!, labelled[label]!];
  return { precision: ratio(hit, all), recall: ratio(hit, wanted), f1: ratio(2 * hit, all + wanted) };
}

/** Macro F1 over the classes that occur among the labels; 0 where none does. */
export function macroF1(counts: ClassCounts): number {
  let [sum, occurring] = [0, 0];
  for (const [label, labelled] of counts.labelled.entries()) {
    if (labelled === 0) continue;
    sum += classScore(counts, label).f1;
    occurring += 1;
  }
  return ratio(sum, occurring);
}
