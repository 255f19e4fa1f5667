import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { mergeViews } from "../../../core/predict/merge_views.ts";

const SIGMOID = { views: 3, classes: 2, exclusive: false };

describe("mergeViews", () => {
  it("takes the mean", () => {
    const [row] = mergeViews([[0.1, 0.9, 0.2, 0.8, 0.6, 0.1]], "mean", SIGMOID);
    assertAlmostEquals(row![0]!, 0.3);
    assertAlmostEquals(row![1]!, 0.6);
  });

  it("takes the geometric mean: the sigmoid of the mean logit", () => {
    const views = [0.1, 0.9, 0.2, 0.8, 0.6, 0.1];
    const [row] = mergeViews([views], "gmean", SIGMOID);
    const logit = (p: number) => Math.log(p / (1 - p));
    const mean = (logit(0.1) + logit(0.2) + logit(0.6)) / 3;
    assertAlmostEquals(row![0]!, 1 / (1 + Math.exp(-mean)));
    const [certain] = mergeViews([[0, 1, 0.5, 1, 0.5, 1]], "gmean", SIGMOID);
    assert(certain!.every(Number.isFinite) && certain![0]! < 1e-9 && certain![1]! > 1 - 1e-9);
  });

  it("keeps the sum of softmax probabilities", () => {
    const [row] = mergeViews([[0.7, 0.3, 0.2, 0.8, 0.9, 0.1]], "gmean", { ...SIGMOID, exclusive: true });
    assertAlmostEquals(row![0]! + row![1]!, 1);
  });

  it("ranks images view by view, ties sharing their ranks", () => {
    const shape = { views: 2, classes: 1, exclusive: false };
    const rows = mergeViews([[0.5, 0.1], [0.5, 0.2], [0.9, 0.3], [0.1, 0.4]], "rank", shape);
    assertEquals(rows.map((row) => row[0]! * 8), [3.5, 4.5, 7, 5]);
  });

  it("gives equal views back with mean and geometric mean", () => {
    for (const rule of ["mean", "gmean"] as const) {
      const [row] = mergeViews([[0.25, 0.75, 0.25, 0.75, 0.25, 0.75]], rule, SIGMOID);
      assertAlmostEquals(row![0]!, 0.25);
      assertAlmostEquals(row![1]!, 0.75);
    }
  });
});
