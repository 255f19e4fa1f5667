import { blendCut, type Cut } from "./f1_cut.ts";
import { F1Mixture } from "./f1_mixture.ts";
import { macroF1Outcome, macroMean } from "./macro_f1_outcome.ts";
import type { Scoring } from "./scoring.ts";
import { columnOf, type EnsembleTable } from "../table.ts";

function positivesOf(labels: Float32Array): number {
  return labels.reduce((sum, label) => sum + (label >= 0.5 ? 1 : 0), 0);
}

/** Macro F1 of the best constant answer: all classes. */
function constantF1({ rows, classes, labels }: EnsembleTable, occurring: boolean): number {
  const scores = Array.from({ length: classes }, (_, c) => positivesOf(columnOf(labels, rows, c)))
    .map((positives) => positives === 0 ? NaN : 2 * positives / (rows + positives));
  return macroMean(scores, occurring);
}

/**
 * Macro F1 of several labels a row, each class with a threshold of its own.
 *
 * @param options.occurring whether classes without labels are left out of the mean; they count as 0 else
 * @param options.cut how a threshold is chosen
 */
export function macroF1Scoring(
  { occurring = true, cut = blendCut }: { readonly occurring?: boolean; readonly cut?: Cut } = {},
): Scoring {
  return {
    title: "macro F1",
    better: "higher",
    ordersOnly: true,
    constant: (table) => constantF1(table, occurring),
    mixture: (training, half, label) => {
      const labels = label === undefined ? [...Array(training.table.classes).keys()] : [label];
      return new F1Mixture(labels.map((c) => training.sample(c)), training.by.groups, half);
    },
    evaluate: (table, fits, blendOf) => macroF1Outcome(table, fits, { blendOf, cut, occurring }),
  };
}
