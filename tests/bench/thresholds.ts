import type { Output } from "../../core/base/output.ts";
import { reportF1 } from "../../core/submit/class_table.ts";
import {
  chooseThresholds,
  type RuleName,
  THRESHOLD_RULES,
} from "../../core/submit/thresholds/choose_thresholds.ts";
import type { BenchOptions } from "./options.ts";
import { drawCompetition, type SimulatedCompetition } from "./simulated_competitions.ts";

const COMPETITIONS = 200;

/** How a rule did beside `blend` on pictures that neither was fitted to. */
export interface RuleRecord {
  readonly rule: RuleName;
  /** Its macro F1 less that of `blend`: the mean over competitions and the mean's standard error. */
  readonly gain: number;
  readonly error: number;
  readonly worst: number;
  readonly best: number;
  /** Share of the competitions in which it did better. */
  readonly won: number;
}

/** Macro F1 on the unseen pictures of thresholds that a rule chooses on the labelled ones. */
export function unseenF1({ labelled, unseen }: SimulatedCompetition, rule: RuleName): number {
  const test = unseen.classes.map(({ probabilities }) => probabilities);
  const { thresholds } = chooseThresholds(labelled, { rule, seed: 0, test, value: 0.5 });
  return reportF1(unseen, thresholds).macroOccurring;
}

function recordOf(rule: RuleName, gains: readonly number[]): RuleRecord {
  const gain = gains.reduce((sum, value) => sum + value, 0) / gains.length;
  const squares = gains.reduce((sum, value) => sum + (value - gain) ** 2, 0);
  return {
    rule,
    gain,
    error: Math.sqrt(squares / (gains.length - 1) / gains.length),
    worst: Math.min(...gains),
    best: Math.max(...gains),
    won: gains.filter((value) => value > 0).length / gains.length,
  };
}

/** Compares the threshold rules on simulated competitions, which are the same on every machine. */
export function bench(_options: BenchOptions, output: Output): Promise<RuleRecord[]> {
  const gains = new Map<RuleName, number[]>(THRESHOLD_RULES.map((rule) => [rule, []]));
  for (let seed = 0; seed < COMPETITIONS; seed++) {
    const competition = drawCompetition(seed);
    const blend = unseenF1(competition, "blend");
    for (const [rule, list] of gains) list.push(unseenF1(competition, rule) - blend);
  }
  const records = [...gains].map(([rule, list]) => recordOf(rule, list)).sort((a, b) => b.gain - a.gain);
  output.line(`${COMPETITIONS} simulated competitions: macro F1 on unseen pictures less that of blend`);
  output.table(
    ["rule", "mean", "error", "worst", "best", "better in"],
    records.map(({ rule, gain, error, worst, best, won }) => [
      rule,
      ...[gain, error, worst, best].map((value) => value.toFixed(4)),
      `${Math.round(100 * won)} %`,
    ]),
  );
  return Promise.resolve(records);
}
