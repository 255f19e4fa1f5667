import { countPositives } from "../class_table.ts";
import { perClass, type ThresholdRule } from "./rule.ts";

/** Threshold grid, numpy.arange(0.05, 1.00, 0.01). */
const GRID = Array.from({ length: 95 }, (_, index) => 0.05 + index * 0.01);

/**
 * Per class, the first threshold of 0.05, 0.06 .. 0.99 at which the share of predicted images is nearest to the share
 * of labelled ones. Source: upstream's make_submission.py, find_best_thres.
 */
export const proportionRule: ThresholdRule = perClass(({ labels, probabilities }) => {
  const total = labels.length;
  const wanted = countPositives(labels) / total;
  let [best, smallest] = [0, 1000];
  for (const threshold of GRID) {
    let taken = 0;
    for (const probability of probabilities) if (probability > threshold) taken += 1;
    const difference = Math.abs(wanted - taken / total);
    if (difference < smallest) [best, smallest] = [threshold, difference];
  }
  return best;
});
