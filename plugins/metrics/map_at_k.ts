import { z } from "zod";
import { defineMetric, type ScoredPredictions } from "../../plugin.ts";

/** Classes of a row by falling probability, equals by index. */
function rankedClasses(predictions: Float64Array, start: number, classes: number): number[] {
  return Array.from({ length: classes }, (_, label) => label)
    .sort((a, b) => predictions[start + b]! - predictions[start + a]! || a - b);
}

/** Average precision at k of a row, divided by the number of hits that were possible; 0 without labels. */
function precisionAtK(
  { predictions, targets }: ScoredPredictions,
  { k, classes, start }: { readonly k: number; readonly classes: number; readonly start: number },
): number {
  const isTrue = (label: number) => targets[start + label]! >= 0.5;
  let [hits, sum] = [0, 0];
  for (const [index, label] of rankedClasses(predictions, start, classes).slice(0, k).entries()) {
    if (!isTrue(label)) continue;
    hits += 1;
    sum += hits / (index + 1);
  }
  const labels = targets.subarray(start, start + classes).filter((target) => target >= 0.5).length;
  return labels === 0 ? 0 : sum / Math.min(labels, k);
}

/** Mean over the images of the average precision of the k most probable classes, as Kaggle defines MAP@K. */
export default defineMetric({
  name: "map_at_k",
  title: "MAP@k",
  about: "Mean average precision of the k most probable classes, for ranked lists",
  better: "higher",
  targets: ["class_set", "class", "grade"],
  params: z.strictObject({ k: z.int().min(1).default(5).describe("Classes in a ranked list") }),
  create: ({ k }, { classes }) => ({
    title: `MAP@${k}`,
    score(scored) {
      let sum = 0;
      for (let start = 0; start < scored.rows * classes; start += classes) {
        sum += precisionAtK(scored, { k, classes, start });
      }
      return sum / Math.max(1, scored.rows);
    },
  }),
});
