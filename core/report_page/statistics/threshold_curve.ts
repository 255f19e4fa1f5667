import type { ClassColumn } from "../../submit/class_table.ts";

/** Steps between 0 and 1. */
export const CURVE_STEPS = 50;

/** F1 of a class at one threshold. */
export interface CurvePoint {
  readonly threshold: number;
  readonly f1: number;
}

/** How many of the thresholds k / steps a probability exceeds. */
function exceeded(probability: number, steps: number): number {
  let count = Math.min(steps + 1, Math.max(0, Math.ceil(probability * steps)));
  while (count > 0 && !(probability > (count - 1) / steps)) count -= 1;
  while (count <= steps && probability > count / steps) count += 1;
  return count;
}

/** F1 at thresholds from 0 to 1 in even steps: a class is answered where its probability exceeds the threshold. */
export function thresholdCurve({ labels, probabilities }: ClassColumn, steps = CURVE_STEPS): CurvePoint[] {
  const answered = new Float64Array(steps + 2), hits = new Float64Array(steps + 2);
  let labelled = 0;
  for (let row = 0; row < labels.length; row++) {
    const place = exceeded(probabilities[row]!, steps);
    answered[place]! += 1;
    hits[place]! += labels[row]!;
    labelled += labels[row]!;
  }
  const points: CurvePoint[] = [];
  let [above, hit] = [answered[steps + 1]!, hits[steps + 1]!];
  for (let step = steps; step >= 0; step--) {
    points.push({ threshold: step / steps, f1: above + labelled === 0 ? 0 : 2 * hit / (above + labelled) });
    above += answered[step]!;
    hit += hits[step]!;
  }
  return points.reverse();
}
