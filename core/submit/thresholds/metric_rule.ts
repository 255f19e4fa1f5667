import { Random } from "../../base/random.ts";
import type { ScoredPredictions } from "../../plugin/contracts.ts";
import { type ClassTable, takeRows } from "../class_table.ts";
import type { ThresholdRule } from "./rule.ts";

/** Thresholds that are tried; closer together where they are small, as those of rare classes are. */
const GRID = Array.from({ length: 24 }, (_, index) => ((index + 1) / 25) ** 2);
/** Parts of the images, in each of which a threshold must not lower the score. */
const PARTS = 3;
const ROUNDS = 2;
/** Decisions scored in all: beyond it images are left out, down to a few hundred, to end within seconds. */
const MOST_DECISIONS = 8e7, FEWEST_ROWS = 500;
/** With more classes, one threshold serves all. */
const MOST_CLASSES = 200;

/** A metric of answers of 0 and 1 such that more is better. */
export type Merit = (scored: ScoredPredictions) => number;

/** A part of the labelled images, with the answers at the present thresholds. */
class Part {
  readonly #targets: Float32Array;
  readonly #answers: Float64Array;

  constructor(readonly table: ClassTable) {
    const { rows, classes } = table;
    this.#answers = new Float64Array(rows * classes.length);
    this.#targets = new Float32Array(this.#answers.length);
    for (const [c, { labels }] of classes.entries()) {
      for (let row = 0; row < rows; row++) this.#targets[row * classes.length + c] = labels[row]!;
    }
  }

  /** Answers one class anew. */
  set(label: number, threshold: number): void {
    const { rows, classes } = this.table, { probabilities } = classes[label]!;
    for (let row = 0; row < rows; row++) {
      this.#answers[row * classes.length + label] = probabilities[row]! > threshold ? 1 : 0;
    }
  }

  merit(merit: Merit): number {
    return merit({ rows: this.table.rows, predictions: this.#answers, targets: this.#targets });
  }
}

function splitParts(table: ClassTable, seed: number): Part[] {
  const { rows, classes: { length: classes } } = table;
  const affordable = MOST_DECISIONS / (ROUNDS * GRID.length * classes * classes);
  const order = new Random(seed, "metric thresholds").shuffle([...Array(rows).keys()])
    .slice(0, Math.max(FEWEST_ROWS, Math.floor(affordable)));
  return Array.from(
    { length: PARTS },
    (_, part) => new Part(takeRows(table, order.filter((_, place) => place % PARTS === part))),
  );
}

function meritsOf(parts: readonly Part[], merit: Merit): number[] {
  return parts.map((part) => part.merit(merit));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function setClass(parts: readonly Part[], label: number, threshold: number): void {
  for (const part of parts) part.set(label, threshold);
}

/** The best threshold for all classes together. */
function singleThreshold(parts: readonly Part[], classes: number, merit: Merit): number {
  let [best, bestMerit] = [0.5, -Infinity];
  for (const threshold of [0.5, ...GRID]) {
    for (let label = 0; label < classes; label++) setClass(parts, label, threshold);
    const found = mean(meritsOf(parts, merit));
    if (found > bestMerit) [best, bestMerit] = [threshold, found];
  }
  return best;
}

/** The threshold of one class that raises the mean score most without lowering it in any part; the present one if none. */
function betterThreshold(
  parts: readonly Part[],
  { label, present }: { readonly label: number; readonly present: number },
  merit: Merit,
): number {
  setClass(parts, label, present);
  const before = meritsOf(parts, merit);
  let [best, bestGain] = [present, 0];
  for (const threshold of GRID) {
    setClass(parts, label, threshold);
    const gains = meritsOf(parts, merit).map((after, part) => after - before[part]!);
    if (gains.every((gain) => gain >= 0) && mean(gains) > bestGain) {
      [best, bestGain] = [threshold, mean(gains)];
    }
  }
  setClass(parts, label, best);
  return best;
}

/**
 * Thresholds for any metric of labels: the best single one on a grid, then coordinate ascent, in which a class gets a
 * threshold of its own where that raises the mean score of three parts of the images and lowers none. A class whose
 * images do not agree thus keeps the single threshold, which holds overfitting down.
 */
export function metricRule(merit: Merit): ThresholdRule {
  return (table, { seed }) => {
    const parts = splitParts(table, seed), classes = table.classes.length;
    const single = singleThreshold(parts, classes, merit);
    const thresholds = new Float64Array(classes).fill(single);
    if (classes > MOST_CLASSES) return thresholds;
    for (let label = 0; label < classes; label++) setClass(parts, label, single);
    for (let round = 0; round < ROUNDS; round++) {
      for (let label = 0; label < classes; label++) {
        thresholds[label] = betterThreshold(parts, { label, present: thresholds[label]! }, merit);
      }
    }
    return thresholds;
  };
}
