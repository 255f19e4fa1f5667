import { logit, sigmoid } from "../../ensemble/logistic.ts";
import { fitPlatt } from "../../ensemble/rules/platt.ts";
import { countPositives } from "../class_table.ts";
import { matchCount, perClass, thresholdAfter, type ThresholdRule } from "./rule.ts";

/** Number of top predictions that maximises the expected F1 under calibrated probabilities. */
function bestCount(falling: Float64Array): number {
  const total = falling.reduce((sum, probability) => sum + probability, 0);
  let [best, bestF1, hits] = [0, 0, 0];
  for (let count = 1; count <= falling.length; count++) {
    hits += falling[count - 1]!;
    const f1 = 2 * hits / (count + total);
    if (f1 > bestF1) [best, bestF1] = [count, f1];
  }
  return best;
}

/**
 * Calibrates each class by Platt scaling, then predicts as many test images as maximise the expected F1. Without a
 * usable calibration (no positives, slope not above 0), predicts as many images as have the label.
 */
export const calibratedRule: ThresholdRule = perClass((column, index, { test }) => {
  if (countPositives(column.labels) === 0) return matchCount(column);
  const { slope, offset } = fitPlatt(column);
  if (!(slope > 0) || !Number.isFinite(offset)) return matchCount(column);
  const falling = (test?.[index] ?? column.probabilities).slice().sort().reverse();
  const count = bestCount(falling.map((probability) => sigmoid(slope * logit(probability) + offset)));
  return thresholdAfter(falling, count);
});
