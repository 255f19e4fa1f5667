import { dataProblem } from "../../base/problem.ts";
import type { Layout, ScoredPredictions, TargetKind } from "../../plugin/contracts.ts";
import type { Predictions } from "../../predictions/predictions.ts";
import { type ClassTable, classTable, type F1Report, reportF1 } from "../class_table.ts";
import { shares } from "../shapes/columns.ts";
import type { Shape } from "../shapes/shape.ts";
import type { SubmissionConfig } from "../submission_config.ts";
import { chooseThresholds, type ChosenThresholds, type RuleName } from "../thresholds/choose_thresholds.ts";
import { metricRule } from "../thresholds/metric_rule.ts";
import { bestConstantScore } from "./constant_answer.ts";
import { chooseCutPoints, type CutPoints, expectedGrade, gradeOf, oneHot } from "./cut_points.ts";
import { argmax, decideClasses, type DecisionOptions } from "./decide_classes.ts";
import { isMacroF1, type SubmissionMetric } from "./metric.ts";

/** The score on the labelled images. */
export interface ValidationScore {
  /** Name of the metric plugin. */
  readonly name: string;
  /** The metric's title. */
  readonly metric: string;
  /** Null where it is undefined, such as an AUC without positives. */
  readonly score: number | null;
  /** Score of the best constant answer; null where it has none. */
  readonly constant: number | null;
}

/** How predictions become labels, and what that scores on the labelled images. */
export interface Decision {
  decide(prediction: Float64Array): readonly number[];
  /** Thresholds, `metric` being the rule that serves any metric; null where no class is chosen by one. */
  readonly chosen: ChosenThresholds<RuleName | "metric"> | null;
  /** Cut points between grades; null where the metric needs none. */
  readonly cutPoints: (CutPoints & { readonly used: boolean }) | null;
  readonly validation: ValidationScore;
  /** F1 of the labels; null for the targets value and probabilities, and where several labels are not chosen. */
  readonly f1: F1Report | null;
  /** Share of right labels where an image has one, else null. */
  readonly accuracy: number | null;
  /** Number of test images with no class above its threshold. */
  readonly empty: number;
}

/** What a decision is made from. */
export interface DecisionInput {
  readonly config: SubmissionConfig;
  readonly layout: Layout;
  readonly metric: SubmissionMetric;
  readonly shape: Shape;
  /** Labelled predictions. */
  readonly validation: Predictions;
  readonly test: Predictions;
}

interface Labelled extends Predictions {
  readonly labels: Uint8Array | Float32Array;
}

function labelled(predictions: Predictions): Labelled {
  const { labels } = predictions;
  if (labels !== null) return { ...predictions, labels };
  throw dataProblem(
    `Cannot score the predictions: "${predictions.path}" has no labels (columns L00, L01 ..)`,
    "List files made with --split=test_val under test_val",
  );
}

function rowsOf({ ids, classes, probabilities }: Predictions): Float64Array[] {
  return ids.map((_, row) => probabilities.subarray(row * classes, (row + 1) * classes));
}

function scoredBy({ ids, labels }: Labelled, predictions: Float64Array): ScoredPredictions {
  return { rows: ids.length, predictions, targets: Float32Array.from(labels) };
}

function validationScore(
  { metric, layout }: DecisionInput,
  scored: ScoredPredictions,
): ValidationScore {
  const constant = bestConstantScore(metric, scored, layout.target), score = metric.score(scored);
  return { name: metric.name, metric: metric.title, score: Number.isFinite(score) ? score : null, constant };
}

/** The labelled predictions as a submission would have them. */
function writtenProbabilities({ shape }: DecisionInput, validation: Labelled): Float64Array {
  if (!shape.sumsToOne) return validation.probabilities;
  return Float64Array.from(rowsOf(validation).flatMap(shares));
}

/** Answers of 0 and 1. */
function markAnswers(rows: readonly Float64Array[], decide: Decision["decide"]): Float64Array {
  return Float64Array.from(rows.flatMap((row) => {
    const labels = new Set(decide(row));
    return Array.from(row, (_, c) => Number(labels.has(c)));
  }));
}

function testColumns({ ids, classes, probabilities }: Predictions): Float64Array[] {
  const column = (c: number) => Float64Array.from(ids, (_, row) => probabilities[row * classes + c]!);
  return Array.from({ length: classes }, (_, c) => column(c));
}

/** The threshold rule: the config's; else that of macro F1, of another metric of labels, or one half. */
function ruleOf({ config, metric }: DecisionInput): RuleName | "metric" {
  const { rule } = config.threshold, macro = isMacroF1(metric);
  if (rule !== null) return rule === "auto" && !macro ? "metric" : rule;
  return macro ? "blend" : metric.tunes === "thresholds" ? "metric" : "fixed";
}

function thresholdsFor(input: DecisionInput, table: ClassTable): ChosenThresholds<RuleName | "metric"> {
  const { config, metric, test } = input, rule = ruleOf(input);
  const context = { ...config.threshold, test: testColumns(test) };
  if (rule !== "metric") return chooseThresholds(table, { ...context, rule });
  return { rule, thresholds: metricRule(metric.merit)(table, context), scores: [] };
}

/** Several labels an image: those above thresholds. */
function decideSeveral(input: DecisionInput, validation: Labelled): Decision {
  const { config, metric, test } = input, table = classTable(validation);
  const chosen = thresholdsFor(input, table);
  const options = { multiLabel: true, thresholds: chosen.thresholds } as const;
  const by = (empty: DecisionOptions["empty"]) => (row: Float64Array) =>
    decideClasses(row, { ...options, empty });
  const strict = by("blank"), decide = by(config.empty);
  const empty = rowsOf(test).filter((row) => strict(row).length === 0).length;
  // As upstream reports it, macro F1 is that of the thresholds alone.
  const answers = markAnswers(rowsOf(validation), isMacroF1(metric) ? strict : decide);
  return {
    decide,
    chosen,
    cutPoints: null,
    validation: validationScore(input, scoredBy(validation, answers)),
    f1: reportF1(table, chosen.thresholds),
    accuracy: null,
    empty,
  };
}

function cutPointsFor(
  { layout, metric, config }: DecisionInput,
  validation: Labelled,
): Decision["cutPoints"] {
  const { target, classes } = layout;
  const ordered = target === "grade" || target === "class";
  if (metric.tunes !== "cut_points" || !ordered || classes.length < 2) return null;
  const found = chooseCutPoints(scoredBy(validation, validation.probabilities), metric, config.threshold);
  const { cutPoints, argmax } = found.heldOut;
  return { ...found, used: metric.better === "higher" ? cutPoints > argmax : cutPoints < argmax };
}

function shareRight(labels: readonly number[], { classes, labels: truth }: Labelled): number {
  return labels.filter((label, row) => truth[row * classes + label] === 1).length / labels.length;
}

/** One label an image: the most probable class, or the grade by cut points. */
function decideOne(input: DecisionInput, validation: Labelled): Decision {
  const cutPoints = input.shape.name === "labels" ? cutPointsFor(input, validation) : null;
  const decide = (row: Float64Array) =>
    cutPoints?.used ? [gradeOf(expectedGrade(row), cutPoints.points)] : [argmax(row)];
  const labels = rowsOf(validation).map((row) => decide(row)[0]!);
  const answers = oneHot(labels, validation.classes);
  const table = classTable({ ...validation, probabilities: answers });
  const scored = scoredBy(
    validation,
    input.shape.name === "labels" ? answers : writtenProbabilities(input, validation),
  );
  return {
    decide,
    chosen: null,
    cutPoints,
    validation: validationScore(input, scored),
    f1: reportF1(table, new Float64Array(validation.classes).fill(0.5), { multiLabel: false }),
    accuracy: shareRight(labels, validation),
    empty: 0,
  };
}

/** Probabilities or values are written and scored as they are; a label that is asked for is the most probable class. */
function decideNothing(input: DecisionInput, validation: Labelled): Decision {
  return {
    decide: (row) => [argmax(row)],
    chosen: null,
    cutPoints: null,
    validation: validationScore(input, scoredBy(validation, writtenProbabilities(input, validation))),
    f1: null,
    accuracy: null,
    empty: 0,
  };
}

function hasOneLabel(target: TargetKind): boolean {
  return target === "class" || target === "grade";
}

/**
 * Chooses on the labelled predictions how labels are decided, for the metric at hand, and scores it there. Throws a data
 * problem when they have no labels.
 */
export function chooseDecision(input: DecisionInput): Decision {
  const validation = labelled(input.validation), { target } = input.layout;
  if (hasOneLabel(target)) return decideOne(input, validation);
  if (target === "class_set" && input.shape.name === "labels") return decideSeveral(input, validation);
  return decideNothing(input, validation);
}
