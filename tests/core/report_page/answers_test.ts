import { assertEquals, assertNotEquals } from "@std/assert";
import { Random } from "../../../core/base/random.ts";
import { answersOf } from "../../../core/report_page/answers.ts";
import { classTable } from "../../../core/submit/class_table.ts";
import type { SubmissionMetric } from "../../../core/submit/decide/metric.ts";
import { blendRule } from "../../../core/submit/thresholds/argmax_f1.ts";

const ROWS = 120, CLASSES = 3;
const METRIC: SubmissionMetric = {
  name: "macro_f1",
  title: "macro F1",
  better: "higher",
  tunes: "thresholds",
  score: () => 0,
  merit: () => 0,
};

function makePredictions() {
  const random = new Random(3, "answers");
  const labels = Uint8Array.from({ length: ROWS * CLASSES }, () => Number(random.next() < 0.3));
  // Rounded, so that some are equal.
  const probabilities = Float64Array.from(
    labels,
    (label) => Math.round(20 * (0.3 * label + 0.7 * random.next())) / 20,
  );
  return {
    path: "",
    ids: Array.from({ length: ROWS }, (_, row) => `${row}`),
    classes: CLASSES,
    labels,
    probabilities,
  };
}

Deno.test("thresholds are those that the rule blend chooses on all rows", () => {
  const predictions = makePredictions(), groups = Int32Array.from({ length: ROWS }, (_, row) => row >> 1);
  const { chosen } = answersOf(predictions, { metric: METRIC, target: "class_set", groups, seed: 0 })!;
  assertEquals(chosen?.rule, "blend");
  assertEquals(chosen?.thresholds, blendRule(classTable(predictions), { seed: 0, test: null }));
});

Deno.test("the answer of an image does not depend on its own label, nor on those of its group", () => {
  const predictions = makePredictions(), groups = Int32Array.from({ length: ROWS }, (_, row) => row >> 1);
  const options = { metric: METRIC, target: "class_set", groups, seed: 0 } as const;
  const before = answersOf(predictions, options)!.answers;
  for (const group of [0, 17, 59]) {
    const from = 2 * group * CLASSES, to = from + 2 * CLASSES;
    const labels = predictions.labels.map((label, cell) => (cell >= from && cell < to ? 1 - label : label));
    const after = answersOf({ ...predictions, labels }, options)!.answers;
    assertEquals(after.subarray(from, to), before.subarray(from, to));
  }
  const turned = answersOf(
    { ...predictions, labels: predictions.labels.map((label) => 1 - label) },
    options,
  )!;
  assertNotEquals(turned.answers, before, "labels matter to other images");
});

Deno.test("one label is answered with the most probable class, numbers with none", () => {
  const probabilities = Float64Array.of(0.2, 0.5, 0.3, 0.4, 0.4, 0.2);
  const predictions = {
    path: "",
    ids: ["a", "b"],
    classes: 3,
    labels: Uint8Array.of(1, 0, 0, 1, 0, 0),
    probabilities,
  };
  const options = { metric: METRIC, groups: Int32Array.of(0, 1), seed: 0 };
  const one = answersOf(predictions, { ...options, target: "class" });
  assertEquals(one, { answers: Uint8Array.of(0, 1, 0, 1, 0, 0), chosen: null });
  assertEquals(answersOf(predictions, { ...options, target: "value" }), null);
});
