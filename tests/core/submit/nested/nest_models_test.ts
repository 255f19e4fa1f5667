import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Problem } from "../../../../core/base/problem.ts";
import { Random } from "../../../../core/base/random.ts";
import type { ScoredPredictions } from "../../../../core/plugin/contracts.ts";
import { nestModels } from "../../../../core/submit/nested/nest_models.ts";
import type { NestingRequest } from "../../../../core/submit/nested/nesting_request.ts";
import { ENSEMBLE_RULES } from "../../../../core/submit/submission_config.ts";
import { metricOf } from "../_metrics.ts";

/** Minus the mean logarithm of the true class's probability. */
function logLoss({ rows, predictions, targets }: ScoredPredictions): number {
  return -targets.reduce((sum, target, at) => sum + target * Math.log(predictions[at]!), 0) / rows;
}

function squaredError({ predictions, targets }: ScoredPredictions): number {
  return targets.reduce((sum, target, at) => sum + (target - predictions[at]!) ** 2, 0) / targets.length;
}

const ROWS = 240, CLASSES = 3, FOLDS = 4;

/** Probabilities that lean to the true class by a strength of their own. */
function lean(truth: readonly number[], strength: number, random: Random): Float64Array {
  const rows = new Float64Array(truth.length * CLASSES);
  for (const [row, label] of truth.entries()) {
    const powers = Array.from(
      { length: CLASSES },
      (_, c) => Math.exp(random.normal() + (c === label ? strength : 0)),
    );
    const sum = powers.reduce((a, b) => a + b, 0);
    for (const [c, power] of powers.entries()) rows[row * CLASSES + c] = power / sum;
  }
  return rows;
}

/** Two models of one class an image, the first of them better; test images are 30 more. */
function request(changes: Partial<NestingRequest> = {}): NestingRequest {
  const random = new Random(5, "nested");
  const truth = Array.from({ length: ROWS }, () => random.integer(0, CLASSES - 1));
  const labels = new Uint8Array(ROWS * CLASSES);
  for (const [row, label] of truth.entries()) labels[row * CLASSES + label] = 1;
  const unseen = Array.from({ length: 30 }, () => random.integer(0, CLASSES - 1));
  const members = [2, 1].map((strength) => lean(truth, strength, random));
  return {
    table: {
      ids: truth.map((_, row) => `v${row}`),
      classes: CLASSES,
      labels,
      folds: Int32Array.from(truth, (_, row) => row % FOLDS),
      groups: Int32Array.from(truth.keys()),
      members,
      testIds: unseen.map((_, row) => `t${row}`),
      test: [2, 1].map((strength) => lean(unseen, strength, random)),
      testVal: 0,
      leftOut: [],
    },
    names: ["good", "weak"],
    target: "class",
    metric: metricOf(logLoss, { title: "log loss", better: "lower" }),
    shape: "columns",
    rule: "auto",
    seed: 0,
    ...changes,
  };
}

describe("nestModels", () => {
  it("scores each model and rule with the row's fold left out, and tells the chosen one", () => {
    const { report } = nestModels(request());
    assertEquals(report.models.map(({ name }) => name), ["good", "weak"]);
    assert(report.models[0]!.score < report.models[1]!.score, "log loss of the better model is lower");
    assertEquals(report.rules.map(({ name }) => name), ENSEMBLE_RULES);
    assertEquals(report.chosen, report.rules.find(({ name }) => name === report.rule));
    for (const { score, interval: [low, high] } of [...report.models, ...report.rules]) {
      assert(low < score && score < high, `${low} ${score} ${high}`);
    }
  });

  it("joins labelled and test rows by the rule that is named", () => {
    const asked = request({ rule: "mean" }), { validation, test } = nestModels(asked);
    const [a, b] = asked.table.test!;
    for (const [at, value] of test.probabilities.entries()) {
      assertAlmostEquals(value, (a![at]! + b![at]!) / 2, 1e-6);
    }
    assertEquals([validation.ids.length, test.ids.length], [ROWS, 30]);
    assertEquals(validation.labels, asked.table.labels);
    assertEquals(test.labels, null);
  });

  it("refuses a rule that does not serve the target, with those that do", () => {
    const asked = request({
      target: "value",
      metric: metricOf(squaredError, { better: "lower" }),
      shape: "value",
    });
    const { next, exitCode } = assertThrows(
      () => nestModels({ ...asked, rule: "stacking" }),
      Problem,
      '"stacking"',
    );
    assertEquals([exitCode, next], [3, "Rules that do: single, mean, greedy"]);
  });
});
