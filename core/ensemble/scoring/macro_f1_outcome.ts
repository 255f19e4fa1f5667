import type { Cut } from "./f1_cut.ts";
import type { Fits, Outcome } from "./scoring.ts";
import { fallingOrder } from "../sort_column.ts";
import { columnOf, type EnsembleTable } from "../table.ts";

/** Rows of a class by what became of them. */
interface Answered {
  readonly hits: Uint32Array;
  readonly wrong: Uint32Array;
  readonly missed: Uint32Array;
}

/** F1 from counts; 0 without labels and answers. */
function f1(hits: number, wrong: number, missed: number): number {
  return hits === 0 ? 0 : 2 * hits / (2 * hits + wrong + missed);
}

/** One class of a blend under evaluation. */
export interface BlendColumn {
  readonly labels: Float32Array;
  readonly values: Float32Array;
  /** Rows by falling value. */
  readonly order: Uint32Array;
}

/** Threshold for a class from the rows outside `held`. */
export function cutWithout(
  { labels, values, order }: BlendColumn,
  folds: ArrayLike<number>,
  { held, cut }: { readonly held: number; readonly cut: Cut },
): number {
  const falling = new Float32Array(order.length), ranked = new Uint8Array(order.length);
  let count = 0, positives = 0;
  for (let rank = 0; rank < order.length; rank++) {
    const row = order[rank]!;
    if (folds[row] === held) continue;
    const label = labels[row]! >= 0.5 ? 1 : 0;
    falling[count] = values[row]!;
    ranked[count++] = label;
    positives += label;
  }
  return cut({ falling: falling.subarray(0, count), labels: ranked.subarray(0, count), positives });
}

/** F1 of a threshold on the rows outside `held`; NaN without labels there. */
function f1Without(
  { labels, values }: BlendColumn,
  folds: ArrayLike<number>,
  { held, threshold }: { readonly held: number; readonly threshold: number },
): number {
  let hits = 0, wrong = 0, missed = 0;
  for (let row = 0; row < labels.length; row++) {
    if (folds[row] === held) continue;
    const label = labels[row]! >= 0.5, taken = values[row]! > threshold;
    if (taken && label) hits += 1;
    else if (taken) wrong += 1;
    else if (label) missed += 1;
  }
  return hits + missed === 0 ? NaN : f1(hits, wrong, missed);
}

/** Sorts the rows of one fold into hits, wrong and missed ones. */
class Answers {
  readonly #lists = { hits: [] as number[], wrong: [] as number[], missed: [] as number[] };

  answer(
    { labels, values }: BlendColumn,
    folds: ArrayLike<number>,
    by: { fold: number; threshold: number },
  ): void {
    const { fold, threshold } = by, { hits, wrong, missed } = this.#lists;
    for (let row = 0; row < labels.length; row++) {
      if (folds[row] !== fold) continue;
      const label = labels[row]! >= 0.5, taken = values[row]! > threshold;
      if (taken) (label ? hits : wrong).push(row);
      else if (label) missed.push(row);
    }
  }

  done(): Answered {
    const { hits, wrong, missed } = this.#lists;
    return { hits: Uint32Array.from(hits), wrong: Uint32Array.from(wrong), missed: Uint32Array.from(missed) };
  }
}

function countTimes(rows: Uint32Array, times: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < rows.length; at++) sum += times[rows[at]!]!;
  return sum;
}

/** Mean of F1 over classes, those without labels (NaN) left out or counted as 0. */
export function macroMean(scores: readonly number[], occurring: boolean): number {
  const known = scores.filter((score) => !Number.isNaN(score));
  return known.reduce((sum, score) => sum + score, 0) / Math.max(1, occurring ? known.length : scores.length);
}

/** What evaluating one class gives: F1 of each fit where it was fitted, and the nested answers. */
interface ClassOutcome {
  readonly fitted: readonly number[];
  readonly answered: Answered;
}

function evaluateClass(
  { rows, labels }: EnsembleTable,
  { folds, count }: Fits,
  by: { readonly label: number; readonly cut: Cut; readonly blends: readonly Float32Array[] },
): ClassOutcome {
  const { label, cut, blends } = by, answers = new Answers(), fitted: number[] = [];
  let column: BlendColumn | null = null;
  for (let fit = 0; fit <= count; fit++) {
    // Blends that do not depend on the fit are sorted once.
    if (column === null || blends[fit] !== blends[fit - 1]) {
      const values = columnOf(blends[fit]!, rows, label);
      column = { labels: columnOf(labels, rows, label), values, order: fallingOrder(values) };
    }
    const threshold = cutWithout(column, folds, { held: fit, cut });
    fitted.push(f1Without(column, folds, { held: fit, threshold }));
    if (fit < count) answers.answer(column, folds, { fold: fit, threshold });
  }
  return { fitted, answered: answers.done() };
}

/** Number of rows with the class. */
function positivesOf({ hits, missed }: Answered): number {
  return hits.length + missed.length;
}

/**
 * F1 of a class where each row counts so many times. Its deviation is enlarged, as resampling k positives understates
 * their variance by the factor (k - 1) / k; without positives in the sample there is none.
 */
function resampleClass(answered: Answered, times: Uint8Array): number {
  const { hits, wrong, missed } = answered, positives = positivesOf(answered);
  if (positives === 0) return NaN;
  const whole = f1(hits.length, wrong.length, missed.length);
  const hit = countTimes(hits, times), miss = countTimes(missed, times);
  if (hit + miss === 0) return whole;
  const enlarged = Math.sqrt(positives / Math.max(1, positives - 1));
  return whole + enlarged * (f1(hit, countTimes(wrong, times), miss) - whole);
}

/**
 * Degrees of freedom of the variance of macro F1, by Welch and Satterthwaite from the binomial variance of each class's
 * recall: the few positives of the rarest classes decide.
 */
function degreesOf(classes: readonly ClassOutcome[]): number {
  let [sum, squares] = [0, 0];
  for (const { answered } of classes) {
    const positives = positivesOf(answered);
    if (positives === 0) continue;
    const recall = (answered.hits.length + 0.5) / (positives + 1),
      variance = recall * (1 - recall) / positives;
    sum += variance;
    squares += variance ** 2 / Math.max(1, positives - 1);
  }
  return squares === 0 ? Infinity : sum ** 2 / squares;
}

/**
 * Evaluates blends by macro F1, each class by thresholds fitted without the row's fold.
 *
 * @param by.blendOf the blend of each fit
 * @param by.occurring whether classes without labels are left out of the mean
 */
export function macroF1Outcome(
  table: EnsembleTable,
  fits: Fits,
  by: { readonly blendOf: (fit: number) => Float32Array; readonly cut: Cut; readonly occurring: boolean },
): Outcome {
  const blends = Array.from({ length: fits.count + 1 }, (_, fit) => by.blendOf(fit));
  const classes = Array.from(
    { length: table.classes },
    (_, label) => evaluateClass(table, fits, { label, cut: by.cut, blends }),
  );
  const fitted = blends.map((_, fit) => macroMean(classes.map((one) => one.fitted[fit]!), by.occurring));
  const resampled = (times: Uint8Array) =>
    macroMean(classes.map(({ answered }) => resampleClass(answered, times)), by.occurring);
  const nested = resampled(new Uint8Array(table.rows).fill(1));
  return { nested, inSample: fitted.at(-1)!, fitted, degrees: degreesOf(classes), resampled };
}
