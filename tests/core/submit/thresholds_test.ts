import { assertAlmostEquals, assertEquals } from "@std/assert";
import { type ClassColumn, type ClassTable, f1At, reportF1 } from "../../../core/submit/scores.ts";
import { argmaxRule, baggedRule, blendRule } from "../../../core/submit/thresholds/argmax_f1.ts";
import { calibratedRule, fitPlatt } from "../../../core/submit/thresholds/calibrated.ts";
import { chooseThresholds, THRESHOLD_RULES } from "../../../core/submit/thresholds/choose.ts";
import { proportionRule } from "../../../core/submit/thresholds/proportion.ts";
import { matchCount, sigmoid } from "../../../core/submit/thresholds/rule.ts";
import { softenedRule } from "../../../core/submit/thresholds/softened.ts";
import { Random } from "../../../core/base/random.ts";
import golden from "../../golden/thresholds.json" with { type: "json" };

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

Deno.test("on new pictures the smoothed rules do not fall behind upstream's, and win where scores have heavy tails", () => {
  const plain = { gap: 2.5, share: 0.08, tail: 0, classes: 20 };
  const heavy = { gap: 4, share: 0.08, tail: 0.1, classes: 20 };
  const gain = (options: typeof plain, rule: typeof blendRule) => {
    const [fit, fresh] = [simulate(600, options), simulate(3000, options)];
    return reportF1(fresh, rule(fit, CONTEXT)).macro - reportF1(fresh, proportionRule(fit, CONTEXT)).macro;
  };
  assertEquals(gain(plain, blendRule) > -0.002, true);
  assertEquals(gain(heavy, blendRule) > 0.02, true);
  for (const rule of [baggedRule, softenedRule, argmaxRule]) assertEquals(gain(heavy, rule) > 0.02, true);
});

Deno.test("auto takes blend unless another rule is surely better, and says what all reach", () => {
  const { rule, scores } = chooseThresholds(table, { ...CONTEXT, rule: "auto", value: 0.5 });
  assertEquals(scores.length, 6);
  assertEquals(
    scores.map(({ macroF1 }) => macroF1),
    scores.map(({ macroF1 }) => macroF1).sort((a, b) => b - a),
  );
  const winner = scores.find(({ gain }) => gain[0] > 0);
  assertEquals(rule, winner?.rule ?? "blend");
  const again = chooseThresholds(table, { ...CONTEXT, rule: "auto", value: 0.5 });
  assertEquals(again.scores, scores);
});

Deno.test("fixed gives its value to every class", () => {
  assertEquals([...chooseThresholds(table, { ...CONTEXT, rule: "fixed", value: 0.15 }).thresholds], [
    0.15,
    0.15,
    0.15,
    0.15,
  ]);
});
