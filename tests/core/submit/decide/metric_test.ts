import { assertEquals, assertThrows } from "@std/assert";
import { Problem } from "../../../../core/base/problem.ts";
import type { Layout, TargetKind } from "../../../../core/plugin/contracts.ts";
import { loadPlugins } from "../../../../core/plugin/registry.ts";
import { bestConstantScore } from "../../../../core/submit/decide/constant_answer.ts";
import { openMetric, scoresProbabilities } from "../../../../core/submit/decide/metric.ts";
import { kappa, metricOf, sampleF2 } from "../_metrics.ts";

const registry = await loadPlugins([], ["metrics"]);

function metric(name: string, classes: number, target: TargetKind, params = {}) {
  const layout = {
    classes: Array.from({ length: classes }, (_, c) => String(c)),
    target,
  } as unknown as Layout;
  return openMetric(registry, { name, params }, layout);
}

Deno.test("a metric of probabilities is told from one of the answers made of them", () => {
  for (const classes of [1, 2, 3, 12]) {
    for (const target of ["class", "class_set"] as const) {
      const tells = (name: string) => scoresProbabilities(metric(name, classes, target), classes);
      const found = ["accuracy", "macro_f1", "log_loss", "roc_auc"].map(tells);
      if (classes === 1 && target === "class") continue;
      assertEquals(found, [false, false, true, true], `${classes} ${target}`);
    }
    assertEquals(scoresProbabilities(metricOf(sampleF2), classes), false);
    if (classes > 1) assertEquals(scoresProbabilities(metricOf(kappa), classes), false);
  }
});

Deno.test("a metric that cannot be used is a config problem", () => {
  const refuse = (make: () => unknown, part: string) =>
    assertEquals(assertThrows(make, Problem, part).exitCode, 2);
  refuse(() => metric("acuracy", 2, "class"), 'did you mean "accuracy"');
  refuse(() => metric("rmse", 2, "class"), "it is not made for the target class");
  refuse(() => metric("accuracy", 2, "class", { k: 3 }), "metric.params.k");
});

Deno.test("the best constant answer is the most frequent class, the class shares, the mean or the median", () => {
  const targets = Float32Array.of(1, 0, 1, 0, 1, 0, 0, 1);
  const scored = { rows: 4, predictions: new Float64Array(8), targets };
  const best = (name: string) => bestConstantScore(metric(name, 2, "class"), scored, "class")!;
  const entropy = -(0.75 * Math.log(0.75) + 0.25 * Math.log(0.25));
  assertEquals(best("accuracy"), 0.75);
  assertEquals(best("log_loss").toFixed(12), entropy.toFixed(12));
  assertEquals(best("roc_auc"), 0.5);
  const values = { rows: 4, predictions: new Float64Array(4), targets: Float32Array.of(0, 0, 0, 8) };
  assertEquals(bestConstantScore(metric("mae", 1, "value"), values, "value"), 2);
  assertEquals(bestConstantScore(metric("rmse", 1, "value"), values, "value"), Math.sqrt(12));
  const one = { rows: 2, predictions: new Float64Array(2), targets: Float32Array.of(1, 1) };
  assertEquals(bestConstantScore(metric("roc_auc", 1, "class_set"), one, "class_set"), null);
});
