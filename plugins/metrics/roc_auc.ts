import { z } from "zod";
import { defineMetric, type ScoredPredictions } from "../../plugin.ts";
import { meanOf } from "./_answers.ts";

/** AUC of one class, ties counted half; null without both positives and negatives. */
function aucOf(
  { rows, predictions, targets }: ScoredPredictions,
  label: number,
  classes: number,
): number | null {
  const order = Array.from({ length: rows }, (_, row) => row * classes + label)
    .sort((a, b) => predictions[a]! - predictions[b]!);
  let [positives, rankSum] = [0, 0];
  for (let start = 0; start < rows;) {
    let end = start + 1;
    while (end < rows && predictions[order[end]!] === predictions[order[start]!]) end++;
    const found = order.slice(start, end).filter((at) => targets[at]! >= 0.5).length;
    positives += found;
    rankSum += found * (start + end + 1) / 2;
    start = end;
  }
  if (positives === 0 || positives === rows) return null;
  return (rankSum - positives * (positives + 1) / 2) / (positives * (rows - positives));
}

/** Area under the ROC curve, averaged over the classes that have both positives and negatives. */
export default defineMetric({
  name: "roc_auc",
  title: "AUC",
  about: "Area under the ROC curve, the mean over the classes (mean column AUC)",
  better: "higher",
  targets: ["class_set", "class", "grade"],
  params: z.strictObject({}),
  create: (_params, { classes }) => ({
    score(scored) {
      const areas = Array.from({ length: classes }, (_, label) => aucOf(scored, label, classes));
      const known = areas.filter((area) => area !== null);
      return known.length === 0 ? NaN : meanOf(known);
    },
  }),
});
