import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { Random } from "../../../../core/base/random.ts";
import {
  chooseCutPoints,
  expectedGrade,
  gradeOf,
  oneHot,
} from "../../../../core/submit/decide/cut_points.ts";
import { kappa, metricOf } from "../_metrics.ts";

const KAPPA = metricOf(kappa, { tunes: "cut_points" });

/** Grades seen through noise, few of them high, by a model that does not know how rare those are. */
function gradedImages(rows: number, { classes, seed }: { classes: number; seed: number }) {
  const random = new Random(seed, "grades");
  const targets = new Float32Array(rows * classes), predictions = new Float64Array(rows * classes);
  for (let row = 0; row < rows; row++) {
    const grade = Math.min(classes - 1, Math.floor(classes * random.next() ** 2.5));
    const seen = grade + 0.7 * random.normal();
    targets[row * classes + grade] = 1;
    const weights = Array.from({ length: classes }, (_, c) => Math.exp(-((c - seen) ** 2)));
    const sum = weights.reduce((a, b) => a + b, 0);
    predictions.set(weights.map((weight) => weight / sum), row * classes);
  }
  return { rows, predictions, targets };
}

Deno.test("an image has the grade that is the number of cut points its expected grade exceeds", () => {
  assertAlmostEquals(expectedGrade([0.2, 0.3, 0.5]), 1.3, 1e-12);
  assertAlmostEquals(expectedGrade([0.4, 0.6, 1]), 1.3, 1e-12);
  assertEquals([0.4, 0.5, 0.6, 1.5, 9].map((value) => gradeOf(value, [0.5, 1.4])), [0, 0, 1, 2, 2]);
});

Deno.test("cut points reach the best kappa of a fine grid", () => {
  const scored = gradedImages(240, { classes: 3, seed: 4 });
  const { points, heldOut } = chooseCutPoints(scored, KAPPA, { seed: 0 });
  const expected = Array.from(
    { length: scored.rows },
    (_, row) => expectedGrade(scored.predictions.subarray(3 * row, 3 * row + 3)),
  );
  const at = (cuts: readonly number[]) =>
    kappa({ ...scored, predictions: oneHot(expected.map((value) => gradeOf(value, cuts)), 3) });
  let best = -1;
  for (let low = 0.02; low < 2; low += 0.04) {
    for (let high = low + 0.04; high < 2; high += 0.04) best = Math.max(best, at([low, high]));
  }
  assert(at(points) > best - 0.01, `${at(points)} of ${best}`);
  assert(at(points) > at([0.5, 1.5]), `${at(points)}, ${at([0.5, 1.5])} before`);
  assertEquals(chooseCutPoints(scored, KAPPA, { seed: 0 }), { points, heldOut });
});

Deno.test("cut points beat the most probable grade on held-out and on new images, where it errs by prior", () => {
  const { points, heldOut } = chooseCutPoints(gradedImages(800, { classes: 5, seed: 2 }), KAPPA, { seed: 0 });
  assert(heldOut.cutPoints > heldOut.argmax, JSON.stringify(heldOut));
  const fresh = gradedImages(4000, { classes: 5, seed: 3 });
  const rows = Array.from(
    { length: fresh.rows },
    (_, row) => fresh.predictions.subarray(5 * row, 5 * row + 5),
  );
  const score = (grades: number[]) => kappa({ ...fresh, predictions: oneHot(grades, 5) });
  const cut = score(rows.map((row) => gradeOf(expectedGrade(row), points)));
  const likeliest = score(rows.map((row) => row.indexOf(Math.max(...row))));
  assert(cut > likeliest + 0.005, `${cut}, ${likeliest}`);
});

Deno.test("cut points stay ascending, for a metric that is better when lower too", () => {
  const scored = gradedImages(100, { classes: 5, seed: 1 });
  const { points, heldOut } = chooseCutPoints(scored, metricOf((s) => -kappa(s), { better: "lower" }), {
    seed: 0,
  });
  assertEquals(points.length, 4);
  assert(points.every((point, at) => at === 0 || point > points[at - 1]!));
  const higher = chooseCutPoints(scored, KAPPA, { seed: 0 });
  assertEquals(higher, { points, heldOut: { cutPoints: -heldOut.cutPoints, argmax: -heldOut.argmax } });
});
