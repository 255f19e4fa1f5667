import type { ClassSample } from "../class_sample.ts";
import { logit } from "../logistic.ts";
import {
  curvatureByPart,
  fitRidgeLogistic,
  logisticLoss,
  type LogisticRows,
  newtonStep,
  type Ridge,
  sumCurvature,
} from "./ridge_logistic.ts";
import type { Training } from "../training.ts";

/** Penalties that are tried, the strongest first. */
const STRENGTHS = [1000, 100, 10, 1];

function rowsOf({ labels, weights, values }: ClassSample): LogisticRows {
  return { features: values.map((column) => column.map(logit)), labels, weights };
}

/**
 * Log loss of rows in turn held out: each part by one Newton step from the fit to all parts, with that part's gradient and
 * Hessian taken out, which costs nothing beside refits.
 */
function heldOutLoss(
  rows: LogisticRows,
  fit: { readonly coefficients: Float64Array; readonly ridge: Ridge },
  by: { readonly part: Uint8Array; readonly parts: number },
): number {
  const { coefficients, ridge } = fit, curvatures = curvatureByPart(rows, coefficients, by);
  let sum = 0;
  for (let wanted = 0; wanted < by.parts; wanted++) {
    const others = sumCurvature(curvatures.filter((_, part) => part !== wanted));
    const step = newtonStep(others, coefficients, ridge);
    const without = coefficients.map((value, i) => value - step[i]!);
    sum += logisticLoss(rows, without, { part: by.part, wanted });
  }
  return sum;
}

/**
 * Coefficients of a class: of the logit of each model, then the intercept. The penalty draws them to equal weights, that
 * is to the mean of logits, and its strength is the one with the least log loss on parts held out.
 */
export function stackClass(training: Training, label: number): Float64Array {
  const sample = training.sample(label), rows = rowsOf(sample), models = rows.features.length;
  const by = { part: Uint8Array.from(sample.rows, (row) => training.part[row]!), parts: training.parts };
  const centre = new Float64Array(models).fill(1 / models);
  let coefficients: Float64Array = Float64Array.of(...centre, 0), best = coefficients, least = Infinity;
  if (!sample.labels.includes(1) || !sample.labels.includes(0)) return best;
  for (const strength of STRENGTHS) {
    const ridge = { strength, centre };
    coefficients = fitRidgeLogistic(rows, ridge, coefficients);
    const loss = heldOutLoss(rows, { coefficients, ridge }, by);
    if (loss < least) [best, least] = [coefficients, loss];
  }
  return best;
}
