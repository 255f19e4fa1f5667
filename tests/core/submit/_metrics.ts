import type { SubmissionMetric } from "../../../core/submit/decide/metric.ts";
import type { ScoredPredictions } from "../../../core/plugin/contracts.ts";

/** A metric of tests, by its score. */
export function metricOf(
  score: (scored: ScoredPredictions) => number,
  change: Partial<SubmissionMetric> = {},
): SubmissionMetric {
  const merit = (scored: ScoredPredictions) => change.better === "lower" ? -score(scored) : score(scored);
  return { name: "test", title: "test", better: "higher", tunes: null, score, merit, ...change };
}

function gradeIn(values: ArrayLike<number>, from: number, classes: number): number {
  let best = 0;
  for (let c = 1; c < classes; c++) if (values[from + c]! > values[from + best]!) best = c;
  return best;
}

/** Quadratic weighted kappa by its definition: 1 - observed over expected squared distance. */
export function kappa({ rows, predictions, targets }: ScoredPredictions): number {
  const classes = targets.length / rows;
  const pairs = Array.from({ length: rows }, (_, row) =>
    [
      gradeIn(predictions, row * classes, classes),
      gradeIn(targets, row * classes, classes),
    ] as const);
  let [observed, expected] = [0, 0];
  for (const [own, truth] of pairs) observed += (own - truth) ** 2;
  const share = (side: 0 | 1, grade: number) => pairs.filter((pair) => pair[side] === grade).length;
  for (let a = 0; a < classes; a++) {
    for (let b = 0; b < classes; b++) expected += share(0, a) * share(1, b) * (a - b) ** 2 / rows;
  }
  return 1 - observed / expected;
}

/** F-beta of each image, averaged, of the classes above one half. */
export function sampleF2({ rows, predictions, targets }: ScoredPredictions): number {
  const classes = targets.length / rows;
  let sum = 0;
  for (let row = 0; row < rows; row++) {
    let [hits, answered, labelled] = [0, 0, 0];
    for (let at = row * classes; at < (row + 1) * classes; at++) {
      const [own, truth] = [predictions[at]! > 0.5, targets[at]! > 0.5];
      hits += Number(own && truth);
      answered += Number(own);
      labelled += Number(truth);
    }
    sum += answered + labelled === 0 ? 0 : 5 * hits / (answered + 4 * labelled);
  }
  return sum / rows;
}
