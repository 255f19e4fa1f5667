import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Problem } from "../../../core/base/problem.ts";
import { checkMetric } from "../../../core/experiment/check_metric.ts";
import type { TargetKind } from "../../../core/plugin/contracts.ts";
import { tinyConfig, tinyExperiment } from "../train/_tiny.ts";

async function check(metric: string, target: TargetKind, labels: readonly number[][]): Promise<void> {
  const config = tinyConfig("unused", { train: { metric }, loss: { name: "softmax_cross_entropy" } });
  const experiment = await tinyExperiment(config, { layout: { target } });
  const validation = labels.map((own, index) => ({
    id: `id${index}`,
    source: "train" as const,
    files: [],
    labels: own,
  }));
  const configured = { metric: await experiment.metric(), where: "train.metric" };
  await checkMetric(experiment, validation, configured);
}

describe("a metric of a validation split", () => {
  it("in which its labels are too much alike is refused, with what to do", async () => {
    for (const [metric, target] of [["roc_auc", "class"], ["quadratic_weighted_kappa", "grade"]] as const) {
      const problem = await assertRejects(() => check(metric, target, [[1], [1], [1]]), Problem, "3 images");
      assertStringIncludes(problem.message, `train.metric "${metric}"`);
      assertStringIncludes(problem.next!, "stratified_split");
      assertEquals(problem.exitCode, 2);
    }
    await assertRejects(
      () => check("average_precision", "class_set", [[], []]),
      Problem,
      "average precision",
    );
  });

  it("is taken where it is defined for some class", async () => {
    await check("roc_auc", "class", [[1], [1], [2]]);
    await check("roc_auc", "class_set", [[1], [0, 1]]);
    await check("quadratic_weighted_kappa", "grade", [[1], [2]]);
    await check("macro_f1", "class", [[1], [1]]);
    await check("log_loss", "class", [[1]]);
  });
});
