import { assertEquals } from "@std/assert";
import { MACRO_F1_JUDGE } from "../../../core/submit/ensemble_judge.ts";
import { greedyWeights } from "../../../core/submit/greedy_weights.ts";
import type { Predictions } from "../../../core/predict/predictions.ts";
import { sigmoid } from "../../../core/submit/thresholds/rule.ts";
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
