import { z } from "zod";
import { defineMetric, type MetricContext, type ScoredPredictions } from "../../plugin.ts";
import { argmax } from "./_answers.ts";

/** The grade nearest to the expectation of a row; a half rounds up. */
function expectedGrade(predictions: Float64Array, start: number, classes: number): number {
  let [sum, total] = [0, 0];
  for (let grade = 0; grade < classes; grade++) {
    sum += grade * predictions[start + grade]!;
    total += predictions[start + grade]!;
  }
  // Sigmoids do not sum to 1, and may all be 0.
  return total === 0 ? 0 : Math.round(sum / total);
}

/** Number of images by true and predicted grade, `[classes][classes]`. */
function confusionOf(
  { rows, predictions, targets }: ScoredPredictions,
  { classes, target }: MetricContext,
): number[][] {
  const counts = Array.from({ length: classes }, () => Array<number>(classes).fill(0));
  const gradeOf = target === "grade" ? expectedGrade : argmax;
  const truth = Float64Array.from(targets);
  for (let start = 0; start < rows * classes; start += classes) {
    counts[argmax(truth, start, classes)]![gradeOf(predictions, start, classes)]! += 1;
  }
  return counts;
}

/** Sum over pairs of grades of their squared distance times a weight. */
function squaredDistances(classes: number, weightOf: (truth: number, answer: number) => number): number {
  let sum = 0;
  for (let truth = 0; truth < classes; truth++) {
    for (let answer = 0; answer < classes; answer++) {
      sum += (truth - answer) ** 2 * weightOf(truth, answer);
    }
  }
  return sum;
}

/**
 * Cohen's kappa with quadratic weights: 1 for the right grades, 0 for chance. The predicted grade is the rounded
 * expectation over the probabilities for grades, the most probable class else. NaN when all images have one grade and
 * are given it.
 */
export default defineMetric({
  name: "quadratic_weighted_kappa",
  title: "QWK",
  about: "Agreement of grades beyond chance, errors weighted by their square (quadratic weighted kappa)",
  better: "higher",
  tunes: "cut_points",
  targets: ["grade", "class"],
  params: z.strictObject({}),
  create: (_params, context) => ({
    score(scored) {
      const { classes } = context;
      const counts = confusionOf(scored, context);
      const truths = counts.map((row) => row.reduce((sum, count) => sum + count, 0));
      const answers = truths.map((_, answer) => counts.reduce((sum, row) => sum + row[answer]!, 0));
      const observed = squaredDistances(classes, (truth, answer) => counts[truth]![answer]!);
      const expected = squaredDistances(classes, (truth, answer) => truths[truth]! * answers[answer]!);
      return 1 - observed * scored.rows / expected;
    },
  }),
});
