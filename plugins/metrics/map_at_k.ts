import { z } from "zod";
import { defineMetric, type ScoredPredictions } from "../../plugin.ts";

interface Row {
  readonly start: number;
  readonly classes: number;
}

/** Place of a class in the ranked list of a row, from 0; equals are ranked by index. */
function rankOf(predictions: Float64Array, label: number, { start, classes }: Row): number {
  const own = predictions[start + label]!;
  let rank = 0;
  for (let other = 0; other < classes; other++) {
    const value = predictions[start + other]!;
    if (value > own || (value === own && other < label)) rank += 1;
  }
  return rank;
}

/** Average precision at k of a row: over its hits, divided by how many were possible; 0 without labels. */
function precisionAtK({ predictions, targets }: ScoredPredictions, k: number, row: Row): number {
  const ranks: number[] = [];
  for (let label = 0; label < row.classes; label++) {
    if (targets[row.start + label]! >= 0.5) ranks.push(rankOf(predictions, label, row));
  }
  if (ranks.length === 0) return 0;
  const hits = ranks.filter((rank) => rank < k).sort((a, b) => a - b);
  const sum = hits.reduce((total, rank, index) => total + (index + 1) / (rank + 1), 0);
  return sum / Math.min(ranks.length, k);
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
        sum += precisionAtK(scored, k, { start, classes });
      }
      return sum / Math.max(1, scored.rows);
    },
  }),
});
