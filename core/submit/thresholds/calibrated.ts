import { type ClassColumn, countPositives } from "../class_table.ts";
import { logit, matchCount, perClass, sigmoid, thresholdAfter, type ThresholdRule } from "./rule.ts";

const ROUNDS = 50;

/** Platt scaling: the calibrated probability is sigmoid(slope * logit(p) + offset). */
export interface Calibration {
  readonly slope: number;
  readonly offset: number;
}

/**
 * Fits Platt scaling by Newton's method with smoothed targets.
 *
 * Source: Platt, "Probabilistic outputs for support vector machines", 1999; Lin, Lin and Weng, 2007.
 */
export function fitPlatt({ labels, probabilities }: ClassColumn): Calibration {
  const positives = countPositives(labels);
  const [high, low] = [(positives + 1) / (positives + 2), 1 / (labels.length - positives + 2)];
  const odds = Float64Array.from(probabilities, logit);
  let [slope, offset] = [1, 0];
  for (let round = 0; round < ROUNDS; round++) {
    let [g0, g1, h00, h01, h11] = [0, 0, 1e-6, 0, 1e-6];
    for (let row = 0; row < odds.length; row++) {
      const p = sigmoid(slope * odds[row]! + offset);
      const [error, weight] = [p - (labels[row] === 1 ? high : low), p * (1 - p)];
      g0 += error * odds[row]!;
      g1 += error;
      h00 += weight * odds[row]! * odds[row]!;
      h01 += weight * odds[row]!;
      h11 += weight;
    }
    const determinant = h00 * h11 - h01 * h01;
    const [stepSlope, stepOffset] = [
      (h11 * g0 - h01 * g1) / determinant,
      (h00 * g1 - h01 * g0) / determinant,
    ];
    // A full Newton step may overshoot when the classes are nearly separable.
    const damp = Math.min(1, 4 / (Math.abs(stepSlope) + Math.abs(stepOffset) + 1e-12));
    [slope, offset] = [slope - damp * stepSlope, offset - damp * stepOffset];
    if (Math.abs(stepSlope) + Math.abs(stepOffset) < 1e-9) break;
  }
  return { slope, offset };
}

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
