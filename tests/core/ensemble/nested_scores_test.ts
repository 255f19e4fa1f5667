import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { Problem } from "../../../core/base/problem.ts";
import { Random } from "../../../core/base/random.ts";
import { sigmoid } from "../../../core/ensemble/logistic.ts";
import { type NestedInput, nestedScores } from "../../../core/ensemble/nested_scores.ts";
import { bestF1Cut } from "../../../core/ensemble/scoring/f1_cut.ts";
import { macroF1Scoring } from "../../../core/ensemble/scoring/macro_f1_scoring.ts";
import { metricScoring } from "../../../core/ensemble/scoring/metric_scoring.ts";

const ROWS = 300, CLASSES = 3, FOLDS = 5;

/** Models of the given skills for several labels a row; twins of rows 2k and 2k + 1 are a group. */
function drawn(skills: readonly number[], { seed = 0 } = {}): NestedInput {
  const truth = new Random(seed, "labels");
  const labels = Uint8Array.from({ length: ROWS * CLASSES }, () => Number(truth.next() < 0.3));
  const members = skills.map((skill, model) => {
    const noise = new Random(seed, "noise", model);
    return Float64Array.from(labels, (label) => sigmoid(skill * label + noise.normal() - skill / 2));
  });
  const groups = Int32Array.from({ length: ROWS }, (_, row) => row >> 1);
  return {
    labels,
    members,
    classes: CLASSES,
    target: "class_set",
    groups,
    folds: groups.map((group) => group % FOLDS),
    scoring: macroF1Scoring(),
    seed: 0,
    unseenRows: null,
  };
}

/** The input with all labels of one fold turned round. */
function flipped(input: NestedInput, fold: number): NestedInput {
  const turn = (label: number, at: number) =>
    input.folds[Math.floor(at / CLASSES)] === fold ? 1 - label : label;
  return { ...input, labels: Float64Array.from(input.labels, turn) };
}

Deno.test("a fold's labels do not influence what is decided on it", () => {
  const input = drawn([1.5, 2, 2.5]), seen: Float32Array[][] = [];
  // Looks at every blend of every fit, at the rows of fold 2 that the fit with it left out predicts.
  const spying = (scoring: NestedInput["scoring"]): NestedInput["scoring"] => {
    const blends: Float32Array[] = [];
    seen.push(blends);
    return {
      ...scoring,
      evaluate: (table, fits, blendOf) => {
        blends.push(blendOf(2));
        return scoring.evaluate(table, fits, blendOf);
      },
    };
  };
  const first = nestedScores({ ...input, scoring: spying(input.scoring) });
  const second = nestedScores({ ...flipped(input, 2), scoring: spying(input.scoring) });
  assertEquals(seen[0]!.length, input.members.length + first.rules.length);
  assertEquals(seen[0], seen[1]);
  assert(first.rules.every(({ score }, at) => score > second.rules[at]!.score + 0.05));
});

Deno.test("each fold is decided by the threshold of the other, by hand", () => {
  // One class. In fold 0 the probability is 0.9 for the label and 0.1 else, in fold 1 the other way round.
  const folds = Int32Array.from({ length: 40 }, (_, row) => row % 2);
  const labels = Uint8Array.from({ length: 40 }, (_, row) => (row >> 1) % 2);
  const member = Float64Array.from(labels, (label, row) => label === folds[row] ? 0.1 : 0.9);
  const { rules } = nestedScores({
    members: [member],
    labels,
    classes: 1,
    target: "class_set",
    folds,
    groups: Int32Array.from(folds.keys()),
    scoring: macroF1Scoring({ cut: bestF1Cut }),
    seed: 0,
    unseenRows: null,
  });
  // Fold 1 teaches to take all rows (F1 2/3, taking 0.9 alone 0): 10 of the 20 in fold 0 are right. Fold 0 teaches to take
  // 0.9: all 10 in fold 1 are wrong.
  assertAlmostEquals(rules[0]!.score, 2 * 10 / (20 + 10 + 20), 1e-12);
  // With both seen, all rows are taken.
  assertAlmostEquals(rules[0]!.inSample, 2 * 20 / (40 + 20), 1e-12);
});

Deno.test("auto takes a mean where models differ, and a single model where it knows all", () => {
  const alike = nestedScores(drawn([2, 2, 2]));
  assert(alike.chosen !== "single", alike.reasons.join("\n"));
  assert(alike.rules.find(({ name }) => name === alike.chosen)!.gain!.interval[0] > 0);
  const one = drawn([2]);
  const twins = nestedScores({ ...one, members: [one.members[0]!, one.members[0]!] });
  assertEquals(twins.chosen, "single");
  assert(twins.reasons.every((reason) => reason.includes("not taken")), twins.reasons.join("\n"));
});

Deno.test("a blend for new rows is the rule fitted to all labelled ones", () => {
  const input = drawn([1.5, 2.5]), { blend } = nestedScores(input);
  const found = blend(input.members, "mean");
  for (const at of [0, 1, 2, 500]) {
    assertAlmostEquals(found[at]!, (input.members[0]![at]! + input.members[1]![at]!) / 2, 1e-6);
  }
});

Deno.test("an interval for unseen rows widens by their own chance", () => {
  const width = ({ models }: ReturnType<typeof nestedScores>) =>
    models[0]!.interval[1] - models[0]!.interval[0];
  const input = drawn([2]), wide = nestedScores({ ...input, unseenRows: ROWS });
  assertAlmostEquals(width(wide) / width(nestedScores(input)), Math.SQRT2, 1e-9);
});

Deno.test("another metric: its scores, its direction, calibrated rules and decisions of its own", () => {
  const squares = metricScoring({
    title: "squared error",
    better: "lower",
    merit: ({ predictions, targets }) =>
      -predictions.reduce((sum, value, at) => sum + (value - targets[at]!) ** 2, 0) / targets.length,
    constant: () => -0.21,
  });
  const input = drawn([1.5, 2]), found = nestedScores({ ...input, scoring: squares });
  const error = Float64Array.from(input.members[0]!).reduce(
    (sum, value, at) => sum + (value - input.labels[at]!) ** 2,
    0,
  );
  assertAlmostEquals(found.models[0]!.score, error / input.labels.length, 1e-6);
  assertEquals([found.better, found.constant], ["lower", 0.21]);
  assert(found.models[0]!.interval[0] < found.models[0]!.score);
  const platt = found.rules.find(({ name }) => name === "mean_platt")!;
  assert(platt.score < found.rules.find(({ name }) => name === "mean")!.score);
  assert(platt.gain!.value > 0 && platt.score < 0.21);
});

Deno.test("a group in two folds and a lone fold are refused", () => {
  const input = drawn([2]), folds = Int32Array.from(input.folds);
  folds[7] = (folds[7]! + 1) % FOLDS;
  const problem = assertThrows(
    () => nestedScores({ ...input, folds }),
    Problem,
    "group 3 has rows in fold 3",
  );
  assertEquals(problem.exitCode, 3);
  assertThrows(() => nestedScores({ ...input, folds: new Int32Array(ROWS) }), Problem, "in one fold");
});
