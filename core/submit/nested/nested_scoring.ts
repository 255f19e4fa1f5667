import { macroF1Scoring } from "../../ensemble/scoring/macro_f1_scoring.ts";
import { type Decide, metricScoring } from "../../ensemble/scoring/metric_scoring.ts";
import type { Scoring } from "../../ensemble/scoring/scoring.ts";
import type { ScoredPredictions } from "../../plugin/contracts.ts";
import { bestConstantScore } from "../decide/constant_answer.ts";
import { chooseCutPoints, expectedGrade, gradeOf, oneHot } from "../decide/cut_points.ts";
import { isMacroF1, type SubmissionMetric } from "../decide/metric.ts";
import type { NestingRequest } from "./nesting_request.ts";

/** Thresholds of which the best is taken for all classes: finer ones change no metric by more than its noise. */
const THRESHOLDS = Array.from({ length: 19 }, (_, step) => (step + 1) / 20);

/** One threshold for all classes, the best on some rows; the thresholds of each class are chosen after that. */
function bestThreshold(scored: ScoredPredictions, metric: SubmissionMetric): Decide {
  const above = (predictions: Float64Array, threshold: number) =>
    predictions.map((value) => value > threshold ? 1 : 0);
  const merits = THRESHOLDS.map((threshold) =>
    metric.merit({ ...scored, predictions: above(scored.predictions, threshold) })
  );
  const threshold = THRESHOLDS[merits.indexOf(Math.max(...merits))]!;
  return (predictions) => above(predictions, threshold);
}

/** Cut points on the expected grade, where they beat the most probable grade on held-out parts of the rows. */
function bestCutPoints(scored: ScoredPredictions, metric: SubmissionMetric, seed: number): Decide {
  const { points, heldOut } = chooseCutPoints(scored, metric, { seed });
  const sign = metric.better === "higher" ? 1 : -1;
  if (sign * heldOut.cutPoints <= sign * heldOut.argmax) return (predictions) => predictions;
  const classes = scored.targets.length / scored.rows;
  return (predictions) => {
    const rows = predictions.length / classes;
    const gradeAt = (row: number) =>
      gradeOf(expectedGrade(predictions.subarray(row * classes, (row + 1) * classes)), points);
    return oneHot(Array.from({ length: rows }, (_, row) => gradeAt(row)), classes);
  };
}

/** What is chosen on labelled rows before the metric scores predictions; undefined where nothing is. */
function decisionFor(
  { metric, target, shape, seed }: NestingRequest,
): ((scored: ScoredPredictions) => Decide) | undefined {
  if (shape !== "labels") return undefined;
  if (metric.tunes === "thresholds" && target === "class_set") {
    return (scored) => bestThreshold(scored, metric);
  }
  const graded = target === "grade" || target === "class";
  return metric.tunes === "cut_points" && graded
    ? (scored) => bestCutPoints(scored, metric, seed)
    : undefined;
}

/** How the models of a submission and the ways to join them are scored. */
export function scoringOf(request: NestingRequest): Scoring {
  const { metric, target, shape } = request;
  if (isMacroF1(metric) && target === "class_set" && shape === "labels") {
    return macroF1Scoring({ occurring: metric.name === "macro_f1_occurring" });
  }
  const chooseDecision = decisionFor(request);
  return metricScoring({
    title: metric.title,
    better: metric.better,
    merit: (scored) => metric.merit(scored),
    constant: (scored) => {
      const score = bestConstantScore(metric, scored, target);
      return score === null || metric.better === "higher" ? score : -score;
    },
    ...(chooseDecision && { chooseDecision }),
  });
}
