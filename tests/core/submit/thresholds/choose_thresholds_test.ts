import { assertAlmostEquals, assertEquals, assertGreater } from "@std/assert";
import { type ClassColumn, type ClassTable, f1At, reportF1 } from "../../../../core/submit/class_table.ts";
import { argmaxRule, baggedRule, blendRule } from "../../../../core/submit/thresholds/argmax_f1.ts";
import { fitPlatt } from "../../../../core/ensemble/rules/platt.ts";
import { calibratedRule } from "../../../../core/submit/thresholds/calibrated.ts";
import {
  chooseThresholds,
  type RuleName,
  THRESHOLD_RULES,
} from "../../../../core/submit/thresholds/choose_thresholds.ts";
import { proportionRule } from "../../../../core/submit/thresholds/proportion.ts";
import { sigmoid } from "../../../../core/ensemble/logistic.ts";
import { matchCount } from "../../../../core/submit/thresholds/rule.ts";
import { softenedRule } from "../../../../core/submit/thresholds/softened.ts";
import { Random } from "../../../../core/base/random.ts";
import golden from "../../../golden/thresholds.json" with { type: "json" };

const CONTEXT = { seed: 0, test: null };
const columns: ClassColumn[] = golden.map(({ labels, scores }) => ({
  labels: Uint8Array.from(labels),
  probabilities: Float64Array.from(scores),
}));
const table: ClassTable = { rows: 300, classes: columns };

/** Scores of classes with known difficulty; `tail` is the share of the others that score like positives. */
function simulate(
  rows: number,
  options: { gap: number; share: number; tail: number; classes: number },
): ClassTable {
  const classes = Array.from({ length: options.classes }, (_, c): ClassColumn => {
    const random = new Random(5, "simulate", c, rows);
    const labels = Uint8Array.from({ length: rows }, () => Number(random.next() < options.share));
    const probabilities = Float64Array.from(labels, (label) => {
      const high = label === 1 || random.next() < options.tail;
      return sigmoid(0.7 * (random.normal() + (high ? options.gap : 0)) - 2);
    });
    return { labels, probabilities };
  });
  return { rows, classes };
}

Deno.test("the proportion rule equals the reference on upstream's grid", () => {
  const thresholds = proportionRule(table, CONTEXT);
  for (const [c, { proportion }] of golden.entries()) assertAlmostEquals(thresholds[c]!, proportion, 1e-12);
});

Deno.test("the argmax rule reaches the best F1 that scikit-learn finds", () => {
  const thresholds = argmaxRule(table, CONTEXT);
  for (const [c, { best_f1, f1_at_half }] of golden.entries()) {
    assertAlmostEquals(f1At(columns[c]!, thresholds[c]!), best_f1, 1e-12);
    assertAlmostEquals(f1At(columns[c]!, 0.5), f1_at_half, 1e-12);
  }
});

Deno.test("Platt's calibration equals scikit-learn's", () => {
  for (const [c, { platt }] of golden.entries()) {
    const { slope, offset } = fitPlatt(columns[c]!);
    assertAlmostEquals(slope, platt.slope, 2e-3);
    assertAlmostEquals(offset, platt.offset, 2e-3);
  }
});

Deno.test("the calibrated rule takes the count of the best expected F1 on the test scores", () => {
  const test = golden.map(({ scores }) => Float64Array.from(scores.slice(0, 40)));
  const thresholds = calibratedRule(table, { ...CONTEXT, test });
  for (const c of [0, 1, 2]) {
    const { slope, offset } = fitPlatt(columns[c]!);
    const q = [...test[c]!].map((p) => sigmoid(slope * Math.log(p / (1 - p)) + offset)).sort((a, b) => b - a);
    const total = q.reduce((sum, value) => sum + value, 0);
    const expected = q.map((_, count) =>
      2 * q.slice(0, count + 1).reduce((a, b) => a + b, 0) / (count + 1 + total)
    );
    const taken = test[c]!.filter((p) => p > thresholds[c]!).length;
    assertAlmostEquals(expected[taken - 1]!, Math.max(...expected), 1e-9);
  }
});

Deno.test("the match rule predicts as many as are labelled", () => {
  const column = simulate(500, { gap: 2, share: 0.2, tail: 0, classes: 1 }).classes[0]!;
  const wanted = column.labels.reduce((sum, label) => sum + label, 0);
  assertEquals(column.probabilities.filter((p) => p > matchCount(column)).length, wanted);
});

Deno.test("a class without positives is never predicted where it was fitted, and ties do not break a rule", () => {
  const flat: ClassTable = {
    rows: 4,
    classes: [
      { labels: new Uint8Array(4), probabilities: Float64Array.of(0.1, 0.9, 0.2, 0.9) },
      { labels: Uint8Array.of(1, 0, 1, 0), probabilities: new Float64Array(4).fill(0.3) },
    ],
  };
  for (const rule of THRESHOLD_RULES) {
    const { thresholds } = chooseThresholds(flat, { ...CONTEXT, rule, value: 0.95 });
    for (const threshold of thresholds) assertEquals(threshold >= 0 && threshold <= 1, true, rule);
    if (rule !== "auto") {
      assertEquals(flat.classes[0]!.probabilities.some((p) => p > thresholds[0]!), false, rule);
    }
  }
});

/** Scores with heavy tails, on which the best F1 lies far from the count of labels. */
const HEAVY = { gap: 4, share: 0.08, tail: 0.1, classes: 20 };

Deno.test("where scores have heavy tails the rules that look at F1 win on new pictures", () => {
  const [fit, fresh] = [simulate(600, HEAVY), simulate(3000, HEAVY)];
  const proportion = reportF1(fresh, proportionRule(fit, CONTEXT)).macro;
  for (const rule of [blendRule, baggedRule, softenedRule, argmaxRule]) {
    assertGreater(reportF1(fresh, rule(fit, CONTEXT)).macro, proportion + 0.02);
  }
});

Deno.test("auto leaves blend for a rule that does better on new pictures too, and says what all reach", () => {
  const [fit, fresh] = [simulate(600, HEAVY), simulate(3000, HEAVY)];
  const chosen = chooseThresholds(fit, { ...CONTEXT, rule: "auto", value: 0.5 });
  const onFresh = (rule: RuleName) =>
    reportF1(fresh, chooseThresholds(fit, { ...CONTEXT, rule, value: 0.5 }).thresholds).macro;
  assertGreater(onFresh(chosen.rule), onFresh("blend"));
  assertEquals(reportF1(fresh, chosen.thresholds).macro, onFresh(chosen.rule));
  const compared = THRESHOLD_RULES.filter((rule) => rule !== "auto" && rule !== "fixed");
  assertEquals(chosen.scores.map(({ rule }) => rule).toSorted(), compared.toSorted());
  // Held-out folds say what new pictures say, up to three standard errors of 20 classes with about 48 positives each.
  for (const { rule, macroF1 } of chosen.scores) assertAlmostEquals(macroF1, onFresh(rule), 0.04, rule);
  assertEquals(chooseThresholds(fit, { ...CONTEXT, rule: "auto", value: 0.5 }).scores, chosen.scores);
});

Deno.test("auto stays with blend where no rule can be better", () => {
  const labels = Uint8Array.from({ length: 60 }, (_, row) => Number(row % 3 === 0));
  const separable = [0.6, 0.9].map((high) => ({
    labels,
    probabilities: Float64Array.from(labels, (label) => label === 1 ? high : 0.1),
  }));
  const context = { ...CONTEXT, rule: "auto", value: 0.5 } as const;
  const { rule, scores } = chooseThresholds({ rows: 60, classes: separable }, context);
  assertEquals(rule, "blend");
  assertEquals(scores.find(({ rule }) => rule === "blend"), { rule: "blend", macroF1: 1, gain: [0, 0] });
});

Deno.test("fixed gives its value to every class", () => {
  assertEquals([...chooseThresholds(table, { ...CONTEXT, rule: "fixed", value: 0.15 }).thresholds], [
    0.15,
    0.15,
    0.15,
    0.15,
  ]);
});
