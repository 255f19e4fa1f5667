import { Random } from "../../random.ts";
import { type ClassColumn, countPositives } from "../scores.ts";
import {
  logit,
  matchCount,
  perClass,
  rankRows,
  sigmoid,
  thresholdAfter,
  type ThresholdRule,
} from "./rule.ts";

const BAGS = 25;

/** The threshold of the best F1 of a column; of equal ones the highest. A class without labels is never predicted. */
export function bestThreshold({ labels, probabilities }: ClassColumn): number {
  const positives = countPositives(labels);
  const ranked = rankRows(probabilities);
  const falling = Float64Array.from(ranked, (row) => probabilities[row]!);
  if (positives === 0) return thresholdAfter(falling, 0);
  let [best, bestF1, hits] = [thresholdAfter(falling, 0), 0, 0];
  for (let count = 1; count <= ranked.length; count++) {
    hits += labels[ranked[count - 1]!]!;
    if (count < ranked.length && falling[count] === falling[count - 1]) continue;
    const f1 = 2 * hits / (count + positives);
    if (f1 > bestF1) [best, bestF1] = [thresholdAfter(falling, count), f1];
  }
  return best;
}

/** The best F1 on the labelled pictures, class by class. Fits noise where positives are few. */
export const argmaxRule: ThresholdRule = perClass(bestThreshold);

function resample(column: ClassColumn, random: Random): ClassColumn {
  const count = column.labels.length;
  const rows = Uint32Array.from({ length: count }, () => random.integer(0, count - 1));
  return {
    labels: Uint8Array.from(rows, (row) => column.labels[row]!),
    probabilities: Float64Array.from(rows, (row) => column.probabilities[row]!),
  };
}

/** The mean, in log odds, of the best thresholds of 25 bootstrap samples. */
export const baggedRule: ThresholdRule = perClass((column, index, { seed }) => {
  if (countPositives(column.labels) === 0) return bestThreshold(column);
  let sum = 0;
  for (let bag = 0; bag < BAGS; bag++) {
    const sample = resample(column, new Random(seed, "bagged", index, bag));
    sum += logit(countPositives(sample.labels) === 0 ? matchCount(column) : bestThreshold(sample));
  }
  return sigmoid(sum / BAGS);
});

/** Positives from which the best F1 counts as much as the count of labels. */
const TRUSTED = 20;

/**
 * The mean, in log odds, of the best-F1 threshold and of the one that predicts as many pictures as are labelled. Below 20
 * positives the best-F1 threshold counts less, in proportion.
 */
export const blendRule: ThresholdRule = perClass((column) => {
  const share = 0.5 * Math.min(1, countPositives(column.labels) / TRUSTED);
  return sigmoid(share * logit(bestThreshold(column)) + (1 - share) * logit(matchCount(column)));
});
