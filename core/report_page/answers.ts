import { Random } from "../base/random.ts";
import type { TargetKind } from "../plugin/contracts.ts";
import { type ClassTable, classTable, takeRows } from "../submit/class_table.ts";
import { argmax } from "../submit/decide/decide_classes.ts";
import { isMacroF1, type SubmissionMetric } from "../submit/decide/metric.ts";
import { blendRule } from "../submit/thresholds/argmax_f1.ts";
import { metricRule } from "../submit/thresholds/metric_rule.ts";
import type { ThresholdRule } from "../submit/thresholds/rule.ts";
import type { LabelledPredictions } from "./join_predictions.ts";

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

/** The rule that make_submission takes where its config names none. */
function ruleFor(metric: SubmissionMetric): { readonly name: string; readonly rule: ThresholdRule } {
  if (metric.tunes !== "thresholds" || isMacroF1(metric)) return { name: "blend", rule: blendRule };
  return { name: "metric", rule: metricRule((scored) => metric.merit(scored)) };
}

/** The fold of each row: groups dealt out in random order. */
function foldsOf(groups: Int32Array, seed: number): Uint8Array {
  const count = groups.reduce((most, group) => Math.max(most, group), -1) + 1;
  const order = new Random(seed, "report threshold folds").shuffle([...Array(count).keys()]);
  const folds = new Uint8Array(count);
  for (const [place, group] of order.entries()) folds[group] = place % FOLDS;
  return Uint8Array.from(groups, (group) => folds[group]!);
}

function heldOutAnswers(table: ClassTable, rule: ThresholdRule, options: AnswerOptions): Uint8Array {
  const { groups, seed } = options, classes = table.classes.length;
  const folds = foldsOf(groups, seed), rows = [...folds.keys()];
  const answers = new Uint8Array(table.rows * classes);
  for (let fold = 0; fold < FOLDS; fold++) {
    const held = rows.filter((row) => folds[row] === fold);
    if (held.length === 0) continue;
    const thresholds = rule(takeRows(table, rows.filter((row) => folds[row] !== fold)), { seed, test: null });
    for (const [label, { probabilities }] of table.classes.entries()) {
      for (const row of held) {
        answers[row * classes + label] = Number(probabilities[row]! > thresholds[label]!);
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
  const table = classTable(predictions), { name, rule } = ruleFor(options.metric);
  const thresholds = rule(table, { seed, test: null });
  return { answers: heldOutAnswers(table, rule, options), chosen: { rule: name, thresholds } };
}
