import { logit, sigmoid } from "../logistic.ts";

const ROUNDS = 50;

/** Platt scaling: the calibrated probability is sigmoid(slope * logit(p) + offset). */
export interface Calibration {
  readonly slope: number;
  readonly offset: number;
}

/**
 * Fits Platt scaling of one class by Newton's method with smoothed targets; `labels` are 0 or 1.
 *
 * Source: Platt, "Probabilistic outputs for support vector machines", 1999; Lin, Lin and Weng, 2007.
 */
export function fitPlatt(
  { labels, probabilities }: {
    readonly labels: ArrayLike<number>;
    readonly probabilities: ArrayLike<number>;
  },
): Calibration {
  let positives = 0;
  for (let row = 0; row < labels.length; row++) positives += labels[row]!;
  const [high, low] = [(positives + 1) / (positives + 2), 1 / (labels.length - positives + 2)];
  const odds = Float64Array.from(probabilities, logit);
  let [slope, offset] = [1, 0];
  for (let round = 0; round < ROUNDS; round++) {
    let g0 = 0, g1 = 0, h00 = 1e-6, h01 = 0, h11 = 1e-6;
    for (let row = 0; row < odds.length; row++) {
      const p = sigmoid(slope * odds[row]! + offset);
      const error = p - (labels[row] === 1 ? high : low), weight = p * (1 - p);
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
