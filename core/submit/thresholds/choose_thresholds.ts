import { Random } from "../../base/random.ts";
import { type ClassTable, f1Score, takeRows } from "../class_table.ts";
import { argmaxRule, baggedRule, blendRule, drawTimes } from "./argmax_f1.ts";
import { calibratedRule } from "./calibrated.ts";
import { proportionRule } from "./proportion.ts";
import type { RuleContext, ThresholdRule } from "./rule.ts";
import { softenedRule } from "./softened.ts";

/** Threshold rules for macro F1 that submission.yml may name. */
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
const RESAMPLES = 200;

/** Cross-validated score of a rule. */
export interface RuleScore {
  readonly rule: RuleName;
  /** Macro F1 over the occurring classes, from predictions on held-out folds. */
  readonly macroF1: number;
  /** 90 % bootstrap interval of the difference to `blend`. */
  readonly gain: readonly [low: number, high: number];
}

/** The chosen thresholds. */
export interface ChosenThresholds<Rule extends string = RuleName> {
  readonly rule: Rule;
  readonly thresholds: Float64Array;
  /** Scores of all rules, best first; with `auto` only. */
  readonly scores: readonly RuleScore[];
}

/** Cross-validated predictions by class: one byte per image, predicted while its fold was held out. */
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

/** Rows of a class that affect its F1: predicted or labelled ones. */
interface Marked {
  readonly rows: Uint32Array;
  readonly predicted: Uint8Array;
  readonly labels: Uint8Array;
}

function markedRows(table: ClassTable, predicted: readonly Uint8Array[]): Marked[] {
  return table.classes.map(({ labels }, c) => {
    const rows = [...labels.keys()].filter((row) => labels[row] === 1 || predicted[c]![row] === 1);
    return { rows: Uint32Array.from(rows), labels, predicted: predicted[c]! };
  });
}

/** Macro F1 over the occurring classes, rows weighted by `times`. */
function macroOf(classes: readonly Marked[], times: Uint8Array): number {
  let [sum, occurring] = [0, 0];
  for (const { rows, predicted, labels } of classes) {
    const counts = { hits: 0, predicted: 0, labelled: 0 };
    for (const row of rows) {
      const weight = times[row]!;
      counts.predicted += weight * predicted[row]!;
      counts.labelled += weight * labels[row]!;
      counts.hits += weight * (predicted[row]! & labels[row]!);
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
  const once = new Uint8Array(table.rows).fill(1);
  const samples = Array.from({ length: RESAMPLES }, () => drawTimes(table.rows, random));
  const scored = CANDIDATES.map(([rule, choose]) => {
    const marked = markedRows(table, heldOutPredictions(table, choose, context));
    return { rule, macroF1: macroOf(marked, once), samples: samples.map((times) => macroOf(marked, times)) };
  });
  const base = scored.find(({ rule }) => rule === "blend")!.samples;
  return scored.map(({ rule, macroF1, samples }) => ({ rule, macroF1, gain: gainOver(base, samples) }))
    .sort((a, b) => b.macroF1 - a.macroF1);
}

/**
 * Chooses thresholds by a named rule. `auto` scores every rule by 5-fold cross-validation and takes the best one if it
 * beats `blend` in 95 % of the bootstrap samples, else `blend`. In 200 simulated competitions (`deno task bench
 * thresholds`) that gained 0.004 macro F1 on `blend` on average and lost 0.011 at worst.
 *
 * @param context.value the threshold of the rule `fixed`
 */
export function chooseThresholds(
  table: ClassTable,
  context: RuleContext & { readonly rule: RuleName; readonly value: number },
): ChosenThresholds {
  const { rule } = context;
  if (rule === "fixed") {
    return { rule, thresholds: Float64Array.from(table.classes, () => context.value), scores: [] };
  }
  const scores = rule === "auto" ? scoreRules(table, context) : [];
  const better = scores.find(({ gain }) => gain[0] > 0);
  const name = rule === "auto" ? better?.rule ?? "blend" : rule;
  const choose = CANDIDATES.find(([candidate]) => candidate === name)![1];
  return { rule: name, thresholds: choose(table, context), scores };
}
