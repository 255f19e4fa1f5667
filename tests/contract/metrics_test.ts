import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Tally } from "../../core/train/tally.ts";
import { Random } from "../../core/base/random.ts";
import { activate } from "../../core/nn/activate.ts";
import type { TargetKind } from "../../core/plugin/contracts.ts";
import { loadPlugins } from "../../core/plugin/registry.ts";
import cases from "../golden/metric_plugins.json" with { type: "json" };

const registry = await loadPlugins([], ["metrics"]);

function scoreOf(name: string, given: (typeof cases)[number]): number {
  const classes = given.targets[0]!.length;
  const context = { classes, target: given.target as TargetKind, exclusive: given.exclusive };
  return registry.get("metrics", name).create({}, context).score({
    rows: given.targets.length,
    predictions: Float64Array.from(given.predictions.flat()),
    targets: Float32Array.from(given.targets.flat()),
  });
}

describe("metrics", () => {
  it("equal scikit-learn's, with ties and absent classes", () => {
    const compared = new Map<string, number>();
    for (const [index, given] of cases.entries()) {
      for (const [name, expected] of Object.entries(given.scores)) {
        assertAlmostEquals(scoreOf(name, given), expected!, 1e-12, `${name} of case ${index}`);
        compared.set(name, (compared.get(name) ?? 0) + 1);
      }
    }
    const known = ["accuracy", "log_loss", "macro_f1", "macro_f1_occurring", "mae", "rmse", "roc_auc"];
    assertEquals([...compared.keys()].sort(), known);
    for (const [name, count] of compared) assert(count >= 40, `${name}: ${count}`);
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

  it("name a metric that is there for comparisons, with the same direction", () => {
    for (const { comparedBy, better } of registry.list("metrics")) {
      if (comparedBy !== undefined) assertEquals(registry.get("metrics", comparedBy).better, better);
    }
  });
});
