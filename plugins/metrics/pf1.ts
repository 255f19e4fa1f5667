import { z } from "zod";
import { defineMetric, type ScoredPredictions } from "../../plugin.ts";
import { meanOf, scoredColumns } from "./_answers.ts";

/** F1 of one class in which each image counts with its probability; 0 without labels. */
function probabilisticF1(
  { rows, predictions, targets }: ScoredPredictions,
  { label, classes }: { readonly label: number; readonly classes: number },
): number {
  let [hits, answered, labelled] = [0, 0, 0];
  for (let at = label; at < rows * classes; at += classes) {
    const probability = predictions[at]!;
    const isTrue = targets[at]! >= 0.5;
    answered += probability;
    if (!isTrue) continue;
    hits += probability;
    labelled += 1;
  }
  return hits === 0 ? 0 : 2 * hits / (answered + labelled);
}

/**
 * Probabilistic F1, as in the RSNA Screening Mammography competition of 2022: of the second of two exclusive classes or
 * of a single class, else the mean over the classes.
 *
 * Source: Yacouby and Axman, "Probabilistic Extension of Precision, Recall, and F1 Score", 2020.
 */
export default defineMetric({
  name: "pf1",
  title: "pF1",
  about: "F1 in which every picture counts with its probability, of the second of two classes, or the mean",
  better: "higher",
  targets: ["class_set", "class", "grade"],
  params: z.strictObject({}),
  create: (_params, context) => ({
    score: (scored) =>
      meanOf(
        scoredColumns(context).map((label) => probabilisticF1(scored, { label, classes: context.classes })),
      ),
  }),
});
