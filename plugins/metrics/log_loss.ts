import { z } from "zod";
import { defineMetric } from "../../plugin.ts";

/** Clipping margin of probabilities at 0 and 1, as in scikit-learn for float64. */
const TINY = 2.220446049250313e-16;

function surprise(target: number, probability: number): number {
  const p = Math.min(1 - TINY, Math.max(TINY, probability));
  return target === 0 ? 0 : -target * Math.log(p);
}

/** Log loss: cross entropy per image for single-label data, else binary cross entropy per class decision. */
export default defineMetric({
  name: "log_loss",
  title: "log loss",
  about:
    "Minus the mean logarithm of the probability of the true class, or with several labels of each decision",
  better: "lower",
  params: z.strictObject({}),
  create: (_params, { classes, exclusive }) => ({
    score({ rows, predictions, targets }) {
      let sum = 0;
      for (const [at, target] of targets.entries()) {
        const probability = predictions[at]!;
        sum += surprise(target, probability) + (exclusive ? 0 : surprise(1 - target, 1 - probability));
      }
      return sum / Math.max(1, rows * (exclusive ? 1 : classes));
    },
  }),
});
