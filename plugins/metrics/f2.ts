import { z } from "zod";
import { defineMetric } from "../../plugin.ts";
import { answersOf, labelsOf } from "./_answers.ts";

/** Recall counts four times as much as precision (beta 2). */
const BETA_SQUARED = 4;

function fBeta(answers: readonly boolean[], labels: readonly boolean[]): number {
  const hits = answers.filter((answer, label) => answer && labels[label]).length;
  const marked = answers.filter(Boolean).length + BETA_SQUARED * labels.filter(Boolean).length;
  return marked === 0 ? 0 : (1 + BETA_SQUARED) * hits / marked;
}

/**
 * F2 of each image's classes at threshold 0.5 (or of the argmax), averaged over the images, as in the Planet
 * competition. An image without labels and answers counts 0, as in scikit-learn.
 */
export default defineMetric({
  name: "f2",
  title: "F2",
  about: "Mean over the pictures of the F2 of each one's classes at 0.5, or of the most probable class",
  better: "higher",
  tunes: "thresholds",
  targets: ["class_set", "class", "grade"],
  params: z.strictObject({}),
  create: (_params, context) => ({
    score(scored) {
      let sum = 0;
      for (let row = 0; row < scored.rows; row++) {
        sum += fBeta(answersOf(scored, context, row), labelsOf(scored, context, row));
      }
      return sum / Math.max(1, scored.rows);
    },
  }),
});
