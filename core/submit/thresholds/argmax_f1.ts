import { Random } from "../../base/random.ts";
import { logit, sigmoid } from "../../ensemble/logistic.ts";
import { type ClassColumn, countPositives } from "../class_table.ts";
import { matchCount, perClass, rankRows, thresholdAfter, type ThresholdRule } from "./rule.ts";

const BAGS = 25;

/** A column sorted by descending probability. */
export interface Ranked {
  readonly falling: Float64Array;
  /** Labels in the same order. */
  readonly labels: Uint8Array;
}

function rankColumn({ labels, probabilities }: ClassColumn): Ranked {
  const ranked = rankRows(probabilities);
  return {
    falling: Float64Array.from(ranked, (row) => probabilities[row]!),
    labels: Uint8Array.from(ranked, (row) => labels[row]!),
  };
}

/** Threshold with the best F1, rows weighted by `times` (in rank order); ties go to the highest threshold. */
function bestCut({ falling, labels }: Ranked, times: Uint8Array): number {
  let positives = 0;
  for (let rank = 0; rank < labels.length; rank++) positives += labels[rank]! * times[rank]!;
  let [best, bestF1, hits, taken] = [thresholdAfter(falling, 0), 0, 0, 0];
  for (let rank = 0; rank < labels.length; rank++) {
    hits += labels[rank]! * times[rank]!;
    taken += times[rank]!;
    if (rank + 1 < labels.length && falling[rank + 1] === falling[rank]) continue;
    const f1 = 2 * hits / Math.max(1, taken + positives);
    if (f1 > bestF1) [best, bestF1] = [thresholdAfter(falling, rank + 1), f1];
  }
  return best;
}

/** Threshold with the best F1; ties go to the highest threshold. A class without positive labels is never predicted. */
export function bestThreshold(column: ClassColumn): number {
  return bestCut(rankColumn(column), new Uint8Array(column.labels.length).fill(1));
}

/** Threshold with the best F1 per class. Overfits when positives are few. */
export const argmaxRule: ThresholdRule = perClass(bestThreshold);

/** Draws a bootstrap sample: how often each of `count` rows is in it. */
export function drawTimes(count: number, random: Random): Uint8Array {
  const times = new Uint8Array(count);
  for (let draw = 0; draw < count; draw++) times[Math.floor(count * random.word() / 2 ** 32)]! += 1;
  return times;
}

/** Mean (in logits) of the best-F1 thresholds of 25 bootstrap samples. */
export const baggedRule: ThresholdRule = perClass((column, index, { seed }) => {
  if (countPositives(column.labels) === 0) return bestThreshold(column);
  const ranked = rankColumn(column);
  let sum = 0;
  for (let bag = 0; bag < BAGS; bag++) {
    const times = drawTimes(column.labels.length, new Random(seed, "bagged", index, bag));
    const empty = ranked.labels.every((label, rank) => label * times[rank]! === 0);
    sum += logit(empty ? matchCount(column) : bestCut(ranked, times));
  }
  return sigmoid(sum / BAGS);
});

/** Number of positives from which the best-F1 threshold gets full weight in {@link blendRule}. */
const TRUSTED = 20;

/**
 * Mean (in logits) of the best-F1 threshold and of the threshold that predicts as many images as have the label. Below
 * 20 positives the weight of the best-F1 threshold decreases proportionally.
 */
export function blendThreshold(ranked: Ranked): number {
  const positives = countPositives(ranked.labels), share = 0.5 * Math.min(1, positives / TRUSTED);
  const best = bestCut(ranked, new Uint8Array(ranked.labels.length).fill(1));
  return sigmoid(share * logit(best) + (1 - share) * logit(thresholdAfter(ranked.falling, positives)));
}

/** {@link blendThreshold} of each class. */
export const blendRule: ThresholdRule = perClass((column) => blendThreshold(rankColumn(column)));
