import { assertAlmostEquals, assertEquals } from "@std/assert";
import type { ScoredPredictions } from "../../../core/plugin/contracts.ts";
import { metricOf } from "./_metrics.ts";
import { MACRO_F1_JUDGE, metricJudge } from "../../../core/submit/ensemble_judge.ts";
import { greedyWeights } from "../../../core/submit/greedy_weights.ts";
import type { Predictions } from "../../../core/predictions/predictions.ts";
import { sigmoid } from "../../../core/ensemble/logistic.ts";
import { Random } from "../../../core/base/random.ts";

const ROWS = 400, CLASSES = 4;

/** A model whose scores follow the labels as closely as `skill` says, rows in an order of its own. */
function member(name: string, skill: number): Predictions {
  const truth = new Random(1, "labels");
  const labels = Uint8Array.from({ length: ROWS * CLASSES }, () => Number(truth.next() < 0.2));
  const noise = new Random(1, name);
  const probabilities = Float64Array.from(labels, (label) => sigmoid(skill * label + noise.normal() - 2));
  const order = new Random(1, name, "order").shuffle([...Array(ROWS).keys()]);
  const pick = <T extends Uint8Array | Float64Array>(values: T) =>
    order.flatMap((row) => [...values.subarray(row * CLASSES, (row + 1) * CLASSES)]);
  return {
    path: name,
    ids: order.map((row) => `id${row}`),
    classes: CLASSES,
    labels: Uint8Array.from(pick(labels)),
    probabilities: Float64Array.from(pick(probabilities)),
  };
}

Deno.test("greedy weights leave a useless model out and say what equal ones reach", () => {
  const members = [member("good", 3), member("noise", 0), member("fair", 2.5)];
  const { weights, heldOut } = greedyWeights(members, { seed: 0, judge: MACRO_F1_JUDGE });
  assertEquals(Math.abs(weights.reduce((sum, weight) => sum + weight, 0) - 1) < 1e-9, true);
  assertEquals(weights[1]! < 0.1 && weights[0]! > 0.2 && weights[2]! > 0.1, true, String(weights));
  assertEquals(heldOut.greedy > heldOut.uniform + 0.02, true);
  assertEquals(greedyWeights(members, { seed: 0, judge: MACRO_F1_JUDGE }).weights, weights);
});

Deno.test("greedy weights are equal ones where a search does not help", () => {
  const twin = member("twin", 2);
  const { weights, heldOut } = greedyWeights([twin, { ...twin, path: "again" }], {
    seed: 0,
    judge: MACRO_F1_JUDGE,
  });
  assertEquals(heldOut.greedy, heldOut.uniform);
  assertEquals(weights, [0.5, 0.5]);
});

/** A model of one class an image: the right one is as far ahead as `skill` says. */
function exclusiveMember(name: string, skill: number): Predictions {
  const truth = new Random(2, "labels"), noise = new Random(2, name);
  const labels = new Uint8Array(ROWS * CLASSES), probabilities = new Float64Array(ROWS * CLASSES);
  for (let row = 0; row < ROWS; row++) {
    const label = Math.floor(truth.next() * CLASSES), at = row * CLASSES;
    const powers = Array.from(
      { length: CLASSES },
      (_, c) => Math.exp(skill * Number(c === label) + noise.normal()),
    );
    const sum = powers.reduce((a, b) => a + b, 0);
    labels[at + label] = 1;
    probabilities.set(powers.map((power) => power / sum), at);
  }
  return {
    path: name,
    ids: Array.from({ length: ROWS }, (_, r) => `id${r}`),
    classes: CLASSES,
    labels,
    probabilities,
  };
}

function accuracy({ rows, predictions, targets }: ScoredPredictions): number {
  let right = 0;
  for (let row = 0; row < rows; row++) {
    const own = predictions.subarray(row * CLASSES, (row + 1) * CLASSES);
    right += targets[row * CLASSES + own.indexOf(Math.max(...own))]!;
  }
  return right / rows;
}

Deno.test("greedy weights raise the metric at hand, in its direction", () => {
  const members = [exclusiveMember("good", 2), exclusiveMember("noise", 0), exclusiveMember("fair", 1.5)];
  const error = metricOf((scored) => 1 - accuracy(scored), { better: "lower", title: "error" });
  const results = [metricOf(accuracy), error].map((metric) =>
    greedyWeights(members, { seed: 0, judge: metricJudge(metric, { thresholds: false }) })
  );
  const [higher, lower] = [results[0]!, results[1]!];
  assertEquals(higher.weights, lower.weights);
  assertEquals(higher.weights[1]! < 0.1 && higher.heldOut.greedy > higher.heldOut.uniform + 0.01, true);
  assertAlmostEquals(lower.heldOut.greedy, 1 - higher.heldOut.greedy, 1e-9);
  assertEquals(lower.title, "error");
});
