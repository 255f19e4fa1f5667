import type { Output } from "../../core/base/output.ts";
import { nestedScores } from "../../core/ensemble/nested_scores.ts";
import { macroF1Scoring } from "../../core/ensemble/scoring/macro_f1_scoring.ts";
import { blendCut } from "../../core/ensemble/scoring/f1_cut.ts";
import { cutWithout } from "../../core/ensemble/scoring/macro_f1_outcome.ts";
import { fallingOrder } from "../../core/ensemble/sort_column.ts";
import { byClass, byRow, columnOf } from "../../core/ensemble/table.ts";
import { classTable, reportF1 } from "../../core/submit/class_table.ts";
import type { BenchOptions } from "./options.ts";
import { drawEnsemble, type SimulatedEnsemble } from "./simulated_ensembles.ts";

const COMPETITIONS = 100, MODELS = 3, LABELLED = 10_000, UNSEEN = 12_000;

/** What one competition told, and what its unseen pictures then said. */
export interface NestedRecord {
  readonly seed: number;
  readonly chosen: string;
  readonly nested: number;
  readonly interval: readonly [number, number];
  readonly inSample: number;
  /** Macro F1 on unseen pictures by rule. */
  readonly hidden: Readonly<Record<string, number>>;
}

/** Macro F1 on unseen pictures of a blend, thresholds chosen on the labelled ones. */
function hiddenScore(
  blended: { readonly labelled: Float32Array; readonly unseen: Float32Array },
  { classes, labelled, unseen }: SimulatedEnsemble,
): number {
  const truth = byClass(labelled.labels, classes), rows = labelled.folds.length;
  const thresholds = Array.from({ length: classes }, (_, c) => {
    const labels = columnOf(truth, rows, c), values = columnOf(blended.labelled, rows, c);
    return cutWithout({ labels, values, order: fallingOrder(values) }, labelled.folds, {
      held: -1,
      cut: blendCut,
    });
  });
  const probabilities = byRow(blended.unseen, classes);
  return reportF1(classTable({ classes, labels: unseen.labels, probabilities }), thresholds).macroOccurring;
}

/** Plays one competition. */
export function playCompetition(seed: number, size = { labelled: LABELLED, unseen: UNSEEN }): NestedRecord {
  const drawn = drawEnsemble(seed, { models: MODELS, ...size });
  const { classes, labelled, unseen } = drawn;
  const { blend, rules, chosen } = nestedScores({
    ...labelled,
    classes,
    target: "class_set",
    scoring: macroF1Scoring(),
    seed: 0,
    unseenRows: size.unseen,
  });
  const hidden = Object.fromEntries(rules.map(({ name }) => {
    const of = (members: readonly Float64Array[]) => byClass(blend(members, name), classes);
    const blended = { labelled: of(labelled.members), unseen: of(unseen.members) };
    return [name, hiddenScore(blended, drawn)];
  }));
  const { score, interval, inSample } = rules.find(({ name }) => name === chosen)!;
  return { seed, chosen, nested: score, interval, inSample, hidden };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function errorLine(title: string, errors: readonly number[]): string[] {
  return [title, mean(errors).toFixed(4), mean(errors.map(Math.abs)).toFixed(4)];
}

/** Nested and in-sample scores beside those of unseen pictures, and `auto` beside each rule. */
export function bench(_options: BenchOptions, output: Output): Promise<NestedRecord[]> {
  const records = Array.from({ length: COMPETITIONS }, (_, seed) => playCompetition(seed));
  const hiddenOf = ({ hidden, chosen }: NestedRecord) => hidden[chosen]!;
  const covered = records.filter((one) =>
    one.interval[0] <= hiddenOf(one) && hiddenOf(one) <= one.interval[1]
  );
  const width = mean(records.map(({ interval }) => interval[1] - interval[0]));
  output.line(
    `${COMPETITIONS} simulated competitions, ${MODELS} models, ${LABELLED} labelled and ${UNSEEN} unseen pictures`,
  );
  output.line(
    `the 90 % interval (mean width ${width.toFixed(4)}) covers the unseen score in ${covered.length}`,
  );
  output.table(["score less that of unseen pictures", "mean", "mean size"], [
    errorLine("nested", records.map((one) => one.nested - hiddenOf(one))),
    errorLine("in sample", records.map((one) => one.inSample - hiddenOf(one))),
  ]);
  const auto = mean(records.map(hiddenOf));
  const rules = Object.keys(records[0]!.hidden).map((name) => {
    const scores = records.map(({ hidden }) => hidden[name]!),
      chosen = records.filter((one) => one.chosen === name);
    return { name, score: mean(scores), chosen: chosen.length };
  }).sort((a, b) => b.score - a.score);
  output.table(["rule", "unseen macro F1", "auto less it", "chosen by auto in"], [
    ...rules.map((
      { name, score, chosen },
    ) => [name, score.toFixed(4), (auto - score).toFixed(4), `${chosen}`]),
    ["auto", auto.toFixed(4), "", ""],
  ]);
  return Promise.resolve(records);
}
