import type { Members } from "./members.ts";
import { columnOf, type EnsembleTable } from "./table.ts";

/** Most positives, most negatives that score highest, and most of the other negatives in a sample. */
const POSITIVES = 1500, HARD = 1000, EASY = 1000;

/**
 * Rows of one class that stand for all training rows: sums over them, by weight, estimate those over all. With up to 1,500
 * positives and 2,000 negatives they are all rows. What decides on rare classes is always there: every positive, and the
 * negatives that the models score highest.
 */
export interface ClassSample {
  readonly rows: Uint32Array;
  /** 0 or 1. */
  readonly labels: Uint8Array;
  /** How many rows each stands for. */
  readonly weights: Float32Array;
  /** Probabilities by model. */
  readonly values: readonly Float32Array[];
}

/** Kept rows of a class by falling mean probability. */
function ranked(
  table: EnsembleTable,
  members: Members,
  { label, kept }: { readonly label: number; readonly kept: Uint8Array },
): { readonly positive: number[]; readonly negative: number[] } {
  const labels = columnOf(table.labels, table.rows, label), positive: number[] = [], negative: number[] = [];
  for (const row of members.meanOrder(label)) {
    if (kept[row] === 1) (labels[row]! >= 0.5 ? positive : negative).push(row);
  }
  return { positive, negative };
}

/** At most `most` rows at even steps, with the weight of each. */
function thin(
  rows: readonly number[],
  most: number,
): { readonly rows: readonly number[]; readonly weight: number } {
  if (rows.length <= most) return { rows, weight: 1 };
  const step = rows.length / most;
  return {
    rows: Array.from({ length: most }, (_, place) => rows[Math.floor((place + 0.5) * step)]!),
    weight: step,
  };
}

/** Draws the sample of a class from the kept rows. */
export function drawSample(
  table: EnsembleTable,
  members: Members,
  by: { readonly label: number; readonly kept: Uint8Array },
): ClassSample {
  const { positive, negative } = ranked(table, members, by);
  const strata = [
    thin(positive, POSITIVES),
    thin(negative.slice(0, HARD), HARD),
    thin(negative.slice(HARD), EASY),
  ];
  const rows = Uint32Array.from(strata.flatMap((stratum) => stratum.rows));
  const labels = columnOf(table.labels, table.rows, by.label);
  return {
    rows,
    labels: Uint8Array.from(rows, (row) => Number(labels[row]! >= 0.5)),
    weights: Float32Array.from(strata.flatMap((stratum) => stratum.rows.map(() => stratum.weight))),
    values: members.matrices.map((matrix) => {
      const column = columnOf(matrix, table.rows, by.label);
      return Float32Array.from(rows, (row) => column[row]!);
    }),
  };
}
