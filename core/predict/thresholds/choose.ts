import { Random } from "../../random.ts";
import { type ClassTable, f1Score, takeRows } from "../scores.ts";
import { argmaxRule, baggedRule, blendRule } from "./argmax_f1.ts";
import { calibratedRule } from "./calibrated.ts";
import { fixedRule } from "./fixed.ts";
import { proportionRule } from "./proportion.ts";
import type { RuleContext, ThresholdRule } from "./rule.ts";
import { softenedRule } from "./softened.ts";

/** Names of the threshold rules that submission.yml may ask for. */
export const THRESHOLD_RULES = [
  "auto",
  "blend",
  "proportion",
  "argmax_f1",
  "bagged",
  "softened",
  "calibrated",
  "fixed",
] as const;

/** Name of a threshold rule. */
export type RuleName = typeof THRESHOLD_RULES[number];

const CANDIDATES: readonly (readonly [RuleName, ThresholdRule])[] = [
  ["blend", blendRule],
  ["proportion", proportionRule],
  ["argmax_f1", argmaxRule],
  ["bagged", baggedRule],
  ["softened", softenedRule],
  ["calibrated", calibratedRule],
];

const FOLDS = 5;
const RESAMPLES = 500;

/** How a rule does on pictures it was not fitted to. */
export interface RuleScore {
  readonly rule: RuleName;
  /** Macro F1 over the classes that occur, from predictions on held-out folds. */
  readonly macroF1: number;
  /** The middle 90 % of its difference from `blend` over bootstrap samples of the pictures. */
  readonly gain: readonly [low: number, high: number];
}

/** The chosen thresholds. */
export interface ChosenThresholds {
  readonly rule: RuleName;
  readonly thresholds: Float64Array;
  /** With `auto`: what the candidates reach, best first. */
  readonly scores: readonly RuleScore[];
}

/** For each class one byte a picture: predicted while its fold was held out. */
function heldOutPredictions(table: ClassTable, rule: ThresholdRule, context: RuleContext): Uint8Array[] {
  const order = new Random(context.seed, "threshold folds").shuffle([...Array(table.rows).keys()]);
  const predicted = table.classes.map(() => new Uint8Array(table.rows));
  for (let fold = 0; fold < FOLDS; fold++) {
    const held = order.filter((_, place) => place % FOLDS === fold);
    const kept = order.filter((_, place) => place % FOLDS !== fold);
    const test = takeRows(table, held).classes.map(({ probabilities }) => probabilities);
    const thresholds = rule(takeRows(table, kept), { ...context, test });
    for (const [c, { probabilities }] of table.classes.entries()) {
      for (const row of held) predicted[c]![row] = probabilities[row]! > thresholds[c]! ? 1 : 0;
    }
  }
  return predicted;
}

/** Macro F1 over the classes that occur among the given rows; a row may be there several times. */
function macroOf(table: ClassTable, predicted: readonly Uint8Array[], rows: Uint32Array): number {
  let [sum, occurring] = [0, 0];
  for (const [c, { labels }] of table.classes.entries()) {
    const counts = { hits: 0, predicted: 0, labelled: 0 };
    for (const row of rows) {
      counts.predicted += predicted[c]![row]!;
      counts.labelled += labels[row]!;
      counts.hits += predicted[c]![row]! & labels[row]!;
    }
    if (counts.labelled === 0) continue;
    sum += f1Score(counts);
    occurring += 1;
  }
  return sum / Math.max(1, occurring);
}

function gainOver(base: readonly number[], own: readonly number[]): [number, number] {
  const gains = own.map((value, index) => value - base[index]!).sort((a, b) => a - b);
  return [gains[Math.floor(0.05 * gains.length)]!, gains[Math.floor(0.95 * gains.length)]!];
}

function scoreRules(table: ClassTable, context: RuleContext): RuleScore[] {
  const random = new Random(context.seed, "threshold bootstrap");
  const every = Uint32Array.from(Array(table.rows).keys());
  const samples = Array.from(
    { length: RESAMPLES },
    () => Uint32Array.from({ length: table.rows }, () => random.integer(0, table.rows - 1)),
  );
  const scored = CANDIDATES.map(([rule, choose]) => {
    const predicted = heldOutPredictions(table, choose, context);
    return {
      rule,
      macroF1: macroOf(table, predicted, every),
      samples: samples.map((rows) => macroOf(table, predicted, rows)),
    };
  });
  const base = scored.find(({ rule }) => rule === "blend")!.samples;
  return scored.map(({ rule, macroF1, samples }) => ({ rule, macroF1, gain: gainOver(base, samples) }))
    .sort((a, b) => b.macroF1 - a.macroF1);
}

/**
 * Thresholds by a named rule. `auto` holds out one fifth of the pictures after the other, fits every rule on the rest,
 * and takes the best one if it beats `blend` in 95 % of the bootstrap samples, else `blend`: of all rules that one never
 * lost in simulation.
 *
 * @param context.value the threshold of the rule `fixed`
 */
export function chooseThresholds(
  table: ClassTable,
  context: RuleContext & { readonly rule: RuleName; readonly value: number },
): ChosenThresholds {
  const { rule } = context;
  if (rule === "fixed") return { rule, thresholds: fixedRule(context.value)(table, context), scores: [] };
  const scores = rule === "auto" ? scoreRules(table, context) : [];
  const better = scores.find(({ gain }) => gain[0] > 0);
  const name = rule === "auto" ? better?.rule ?? "blend" : rule;
  const choose = CANDIDATES.find(([candidate]) => candidate === name)![1];
  return { rule: name, thresholds: choose(table, context), scores };
}
