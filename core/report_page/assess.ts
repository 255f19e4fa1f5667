import type { TargetKind } from "../plugin/contracts.ts";
import { isMacroF1, type SubmissionMetric } from "../submit/decide/metric.ts";
import { type Answers, answersOf } from "./answers.ts";
import type { LabelledPredictions } from "./join_predictions.ts";
import { type Interval, intervalOf, type Times } from "./statistics/bootstrap.ts";
import { allConfidences, type Calibration, calibration, topConfidences } from "./statistics/calibration.ts";
import { markCells, type MarkedCells } from "./statistics/class_scores.ts";
import { macroF1Scorer, metricScorer, type Scorer } from "./statistics/scorer.ts";

/** Rows with their groups and resamples; models of the same rows share them, so that their scores are paired. */
export interface ReportedRows {
  readonly ids: readonly string[];
  readonly groups: Int32Array;
  readonly groupCount: number;
  readonly times: readonly Times[];
  /** Resamples that the metric is scored on. */
  readonly scored: ScoredResamples;
}

/** Resamples, possibly of fewer groups than there are, whose scores vary more than those of whole ones would. */
export interface ScoredResamples {
  readonly times: readonly Times[];
  /** Deviations from the score are multiplied by it. */
  readonly shrink: number;
}

/** How good a model's predictions are. */
export interface Assessment {
  readonly name: string;
  /** Rows sorted by Id. */
  readonly predictions: LabelledPredictions;
  readonly rows: ReportedRows;
  /** Null for targets that are numbers. */
  readonly answers: Answers | null;
  /** Null for targets that are numbers. */
  readonly cells: MarkedCells | null;
  readonly score: number;
  /** The score of each resample. */
  readonly samples: Float64Array;
  readonly interval: Interval;
  /** Null for targets that are numbers. */
  readonly calibration: Calibration | null;
}

/** What predictions are assessed by. */
export interface AssessmentOptions {
  readonly metric: SubmissionMetric;
  readonly target: TargetKind;
  readonly seed: number;
}

/** Whether images are answered by classes, so that they can be right or wrong. */
export function answersClasses(target: TargetKind): boolean {
  return target !== "value" && target !== "probabilities";
}

/** The scorer of a metric; one that thresholds may serve scores the answers, any other the predictions as they are. */
function scorerOf(
  { labels, probabilities, ids }: LabelledPredictions,
  { metric, answers, cells }: {
    readonly metric: SubmissionMetric;
    readonly answers: Answers | null;
    readonly cells: MarkedCells | null;
  },
): Scorer {
  if (cells !== null && isMacroF1(metric)) return macroF1Scorer(cells, labels.length / ids.length);
  const predictions = answers?.chosen && metric.tunes === "thresholds"
    ? Float64Array.from(answers.answers)
    : probabilities;
  return metricScorer(metric, { rows: ids.length, predictions, targets: Float32Array.from(labels) });
}

function calibrationOf(predictions: LabelledPredictions, target: TargetKind): Calibration {
  return calibration(target === "class_set" ? allConfidences(predictions) : topConfidences(predictions));
}

/** Assesses predictions whose rows are sorted by Id. */
export function assess(
  { name, predictions, rows }: Pick<Assessment, "name" | "predictions" | "rows">,
  { metric, target, seed }: AssessmentOptions,
): Assessment {
  const answers = answersOf(predictions, { metric, target, seed, groups: rows.groups });
  const cells = answers && markCells({ ...predictions, answers: answers.answers });
  const scorer = scorerOf(predictions, { metric, answers, cells }), { times, shrink } = rows.scored;
  const samples = Float64Array.from(
    times,
    (drawn) => scorer.score + shrink * (scorer.resampled(drawn) - scorer.score),
  );
  return {
    name,
    predictions,
    rows,
    answers,
    cells,
    score: scorer.score,
    samples,
    interval: intervalOf(samples),
    calibration: answersClasses(target) ? calibrationOf(predictions, target) : null,
  };
}
