import { Random } from "../base/random.ts";
import type { TargetKind } from "../plugin/contracts.ts";
import { type ClassTable, classTable, takeRows } from "../submit/class_table.ts";
import { argmax } from "../submit/decide/decide_classes.ts";
import { isMacroF1, type SubmissionMetric } from "../submit/decide/metric.ts";
import { blendThreshold } from "../submit/thresholds/argmax_f1.ts";
import { metricRule } from "../submit/thresholds/metric_rule.ts";
import { rankRows } from "../submit/thresholds/rule.ts";
import type { LabelledPredictions } from "./join_predictions.ts";
import { countGroups } from "./statistics/bootstrap.ts";

/** Parts of the groups; thresholds for one of them are chosen on the others. */
const FOLDS = 5;

/** Which classes images are answered to have. */
export interface Answers {
  /** `[rows, classes]` of 0 and 1. */
  readonly answers: Uint8Array;
  /** Thresholds chosen on all rows, and the rule's name; null where the most probable class is the answer. */
  readonly chosen: { readonly rule: string; readonly thresholds: Float64Array } | null;
}

/** What answers are made with. */
export interface AnswerOptions {
  readonly metric: SubmissionMetric;
  readonly target: TargetKind;
  /** The group of each row, from 0. */
  readonly groups: Int32Array;
  readonly seed: number;
}

function mostProbable({ classes, probabilities }: LabelledPredictions): Uint8Array {
  const answers = new Uint8Array(probabilities.length);
  for (let start = 0; start < answers.length; start += classes) {
    answers[start + argmax(probabilities.subarray(start, start + classes))] = 1;
  }
  return answers;
}

/** Chooses thresholds on the rows that are not of a held-out fold; on all rows when it is null. */
type Chooser = (held: number | null) => Float64Array;

/**
 * The rule `blend`. Columns are sorted once: leaving rows out of a sorted column leaves it sorted, and sorting is what
 * takes long.
 */
function blendChooser(table: ClassTable, folds: Uint8Array): Chooser {
  const ranked = table.classes.map(({ labels, probabilities }) => {
    const order = rankRows(probabilities);
    return {
      falling: Float64Array.from(order, (row) => probabilities[row]!),
      labels: Uint8Array.from(order, (row) => labels[row]!),
      folds: Uint8Array.from(order, (row) => folds[row]!),
    };
  });
  return (held) =>
    Float64Array.from(ranked, ({ falling, labels, folds: own }) =>
      blendThreshold({
        falling: falling.filter((_, rank) => own[rank] !== held),
        labels: labels.filter((_, rank) => own[rank] !== held),
      }));
}

/** The rule `metric`, which serves any metric of answers. */
function metricChooser(table: ClassTable, folds: Uint8Array, { metric, seed }: AnswerOptions): Chooser {
  const rule = metricRule((scored) => metric.merit(scored)), rows = [...folds.keys()];
  return (held) => rule(takeRows(table, rows.filter((row) => folds[row] !== held)), { seed, test: null });
}

/** The fold of each row: groups dealt out in random order. */
function foldsOf(groups: Int32Array, seed: number): Uint8Array {
  const count = countGroups(groups);
  const order = new Random(seed, "report threshold folds").shuffle([...Array(count).keys()]);
  const folds = new Uint8Array(count);
  for (const [place, group] of order.entries()) folds[group] = place % FOLDS;
  return Uint8Array.from(groups, (group) => folds[group]!);
}

function heldOutAnswers(table: ClassTable, folds: Uint8Array, choose: Chooser): Uint8Array {
  const answers = new Uint8Array(table.rows * table.classes.length);
  for (const held of new Set(folds)) {
    const thresholds = choose(held);
    for (const [label, { probabilities }] of table.classes.entries()) {
      for (let row = 0; row < table.rows; row++) {
        if (folds[row] !== held) continue;
        answers[row * table.classes.length + label] = Number(probabilities[row]! > thresholds[label]!);
      }
    }
  }
  return answers;
}

/**
 * Which classes images are answered to have: the most probable one, or, where they may have several, those above
 * thresholds that were chosen on other images. Each image is answered with the thresholds that the rule of
 * `make_submission` chooses while its fold of five is held out, groups of duplicates kept whole, so that scores of the
 * answers are not flattered by the choice. Null for targets that are numbers.
 */
export function answersOf(predictions: LabelledPredictions, options: AnswerOptions): Answers | null {
  const { target, seed } = options;
  if (target === "value" || target === "probabilities") return null;
  if (target !== "class_set") return { answers: mostProbable(predictions), chosen: null };
  const { metric, groups } = options, table = classTable(predictions), folds = foldsOf(groups, seed);
  // As make_submission where its config names no rule.
  const blend = metric.tunes !== "thresholds" || isMacroF1(metric);
  const choose = blend ? blendChooser(table, folds) : metricChooser(table, folds, options);
  const chosen = { rule: blend ? "blend" : "metric", thresholds: choose(null) };
  return { answers: heldOutAnswers(table, folds, choose), chosen };
}
