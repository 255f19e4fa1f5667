import { Random } from "../../base/random.ts";
import { sigmoid } from "../../ensemble/logistic.ts";
import { type ClassColumn, countPositives } from "../class_table.ts";
import { matchCount, perClass, type ThresholdRule } from "./rule.ts";

const SLOPE = 25;
const HALVES = 10;
const BINS = 400;

/** Histogram of all and of positive images over probability. */
interface Histogram {
  readonly all: Float64Array;
  readonly labelled: Float64Array;
}

function binHalf({ labels, probabilities }: ClassColumn, random: Random): Histogram {
  const histogram = { all: new Float64Array(BINS), labelled: new Float64Array(BINS) };
  for (let row = 0; row < labels.length; row++) {
    if (random.next() < 0.5) continue;
    const bin = Math.min(BINS - 1, Math.floor(probabilities[row]! * BINS));
    histogram.all[bin]! += 1;
    histogram.labelled[bin]! += labels[row]!;
  }
  return histogram;
}

/** Soft F1: predictions are sigmoid(slope * (p - threshold)) instead of 0 or 1. */
function softF1({ all, labelled }: Histogram, threshold: number): number {
  let [hits, predicted, positives] = [0, 0, 0];
  for (let bin = 0; bin < BINS; bin++) {
    const share = sigmoid(SLOPE * ((bin + 0.5) / BINS - threshold));
    hits += share * labelled[bin]!;
    predicted += share * all[bin]!;
    positives += labelled[bin]!;
  }
  return positives === 0 ? 0 : 2 * hits / (predicted + positives);
}

function bestOfGrid(histogram: Histogram): number {
  let [best, bestF1] = [0.5, -1];
  for (let step = 1; step < 200; step++) {
    const f1 = softF1(histogram, step / 200);
    if (f1 > bestF1) [best, bestF1] = [step / 200, f1];
  }
  return best;
}

/** Mean over ten random halves of the threshold with the best soft F1 (slope 25), a smoother objective than F1. */
export const softenedRule: ThresholdRule = perClass((column, index, { seed }) => {
  if (countPositives(column.labels) === 0) return matchCount(column);
  let sum = 0;
  for (let half = 0; half < HALVES; half++) {
    sum += bestOfGrid(binHalf(column, new Random(seed, "softened", index, half)));
  }
  return sum / HALVES;
});
