import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Tally } from "../../core/train/tally.ts";
import { Random } from "../../core/base/random.ts";
import { activate } from "../../core/nn/activate.ts";
import type { Metric, MetricContext, TargetKind } from "../../core/plugin/contracts.ts";
import { loadPlugins } from "../../core/plugin/registry.ts";
import golden from "../golden/metric_plugins.json" with { type: "json" };
import { type MetricCase, metricCase } from "../golden/metric_cases.ts";

const registry = await loadPlugins([], ["metrics"]);

/** Number of cases in metric_plugins.json. */
const CASES = 1000;

/** Scores of metrics by the kind of target and their name there, one a case; null where undefined. */
const expected: Partial<Record<TargetKind, Record<string, readonly (number | null)[]>>> = golden;

/** Names there that stand for a plugin with parameters. */
const WITH_PARAMS: Readonly<Record<string, [name: string, params: unknown]>> = {
  map_at_2: ["map_at_k", { k: 2 }],
};

function metricOf(name: string, context: MetricContext): Metric {
  const [plugin, params] = WITH_PARAMS[name] ?? [name, {}];
  return registry.get("metrics", plugin).create(params, context);
}

function scoreOf(name: string, given: MetricCase): number {
  const { classes, kind: target } = given;
  return metricOf(name, { classes, target, exclusive: target === "class" || target === "grade" }).score(
    given,
  );
}

function assertScore(score: number, reference: number | null, what: string): void {
  if (reference === null) assert(Number.isNaN(score), `${what}: ${score} is not undefined`);
  else assertAlmostEquals(score, reference, 1e-12, what);
}

describe("metrics", () => {
  it("equal scikit-learn's in 1,000 cases with ties, absent classes and single rows", () => {
    const next = new Map<TargetKind, number>(), compared = new Set<string>();
    for (let index = 0; index < CASES; index++) {
      const given = metricCase(index), place = next.get(given.kind) ?? 0;
      next.set(given.kind, place + 1);
      for (const [name, scores] of Object.entries(expected[given.kind]!)) {
        assertScore(scoreOf(name, given), scores[place]!, `${name} of case ${index}`);
        compared.add(WITH_PARAMS[name]?.[0] ?? name);
      }
    }
    assertEquals([...compared].sort(), registry.names("metrics"));
    for (const [kind, count] of next) {
      for (const [name, { length }] of Object.entries(expected[kind]!)) assertEquals(length, count, name);
    }
  });

  it("count as the running counts of a training do", () => {
    for (const activation of ["sigmoid", "softmax"] as const) {
      const random = new Random(3, activation), classes = 5, rows = 60;
      const logits = Float32Array.from({ length: rows * classes }, () => random.uniform(-2, 2));
      const targets = Float32Array.from({ length: rows * classes }, () => Number(random.next() < 0.3));
      const tally = new Tally(classes, activation);
      tally.add({ logits, labels: targets, count: rows, loss: 0 });
      const predictions = activate(logits, { activation, classes });
      const context = { classes, target: "class_set" as const, exclusive: activation === "softmax" };
      for (const name of ["macro_f1", "macro_f1_occurring"] as const) {
        const score = registry.get("metrics", name).create({}, context).score({ rows, predictions, targets });
        assertEquals(score, tally.scores()[name]);
      }
    }
  });

  it("are best, 1 or 0, for the true labels", () => {
    const classTargets: readonly TargetKind[] = ["class_set", "class", "grade"];
    for (const { name, better, targets = classTargets } of registry.list("metrics")) {
      for (const target of targets) {
        const exclusive = target === "class" || target === "grade";
        const truth = exclusive ? [1, 0, 0, 0, 1, 0, 0, 0, 1] : [1, 0, 0, 0, 1, 1, 1, 0, 1];
        const given = { rows: 3, predictions: Float64Array.from(truth), targets: Float32Array.from(truth) };
        const best = metricOf(name, { classes: 3, target, exclusive }).score(given);
        assertAlmostEquals(best, better === "higher" ? 1 : 0, 1e-12, `${name} of ${target}`);
      }
    }
  });

  it("take the expectation for grades, half a grade up, and the most probable class for classes", () => {
    // Expectations 1.5, 0.6, 2 and 0: grades 2, 1, 2 and 0; most probable 0, 0, 2 and 0.
    const predictions = Float64Array.of(0.375, 0, 0.375, 0.25, 0.6, 0.2, 0.2, 0, 0, 0, 1, 0, 1, 0, 0, 0);
    const given = (answers: readonly number[]) => {
      const targets = new Float32Array(16);
      for (const [row, grade] of answers.entries()) targets[4 * row + grade] = 1;
      return { rows: 4, predictions, targets };
    };
    const kappa = (target: TargetKind) =>
      metricOf("quadratic_weighted_kappa", { classes: 4, target, exclusive: true });
    assertEquals(kappa("grade").score(given([2, 1, 2, 0])), 1);
    assertEquals(kappa("class").score(given([0, 0, 2, 0])), 1);
    assert(kappa("grade").score(given([0, 0, 2, 0])) < 1);
  });

  it("say what a submission tunes: thresholds for decisions, cut points for grades", () => {
    const tuned = (what: string) =>
      registry.list("metrics").filter(({ tunes }) => tunes === what).map(({ name }) => name);
    const decisions = ["accuracy", "balanced_accuracy", "f2", "macro_f1", "macro_f1_occurring", "micro_f1"];
    assertEquals(tuned("thresholds"), decisions);
    assertEquals(tuned("cut_points"), ["quadratic_weighted_kappa"]);
  });

  it("name a metric that is there for comparisons, with the same direction", () => {
    for (const { comparedBy, better } of registry.list("metrics")) {
      if (comparedBy !== undefined) assertEquals(registry.get("metrics", comparedBy).better, better);
    }
  });
});
