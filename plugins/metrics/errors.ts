import { z } from "zod";
import { defineMetric, type ScoredPredictions } from "../../plugin.ts";

function meanError({ predictions, targets }: ScoredPredictions, cost: (error: number) => number): number {
  let sum = 0;
  for (const [at, target] of targets.entries()) sum += cost(predictions[at]! - target);
  return sum / Math.max(1, targets.length);
}

/** Root mean square error and mean absolute error, over all values of all images. */
export default [
  defineMetric({
    name: "rmse",
    title: "RMSE",
    about: "Root of the mean squared error of values",
    better: "lower",
    targets: ["value", "probabilities"],
    params: z.strictObject({}),
    create: () => ({ score: (scored) => Math.sqrt(meanError(scored, (error) => error * error)) }),
  }),
  defineMetric({
    name: "mae",
    title: "MAE",
    about: "Mean absolute error of values",
    better: "lower",
    targets: ["value", "probabilities"],
    params: z.strictObject({}),
    create: () => ({ score: (scored) => meanError(scored, Math.abs) }),
  }),
];
