import { assertAlmostEquals, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { Json } from "../../../core/base/json.ts";
import type { Loss } from "../../../core/plugin/contracts.ts";
import { Tally } from "../../../core/train/tally.ts";
import golden from "../../golden/metrics.json" with { type: "json" };

const CLASSES = 6;

function tallyOf(labels: number[][], activation: Loss["activation"], sizes: number[]): Tally {
  const tally = new Tally(CLASSES, activation);
  let start = 0;
  for (const count of sizes) {
    const rows = [start, start + count] as const;
    tally.add({
      logits: golden.logits.slice(...rows).flat(),
      labels: labels.slice(...rows).flat(),
      count,
      loss: count,
    });
    start += count;
  }
  return tally;
}

describe("Tally", () => {
  for (const [name, activation] of [["multi", "sigmoid"], ["single", "softmax"]] as const) {
    it(`scores ${name}-label predictions as sklearn does`, () => {
      const expected = golden[name];
      const metrics = tallyOf(expected.labels, activation, [16, 16, 8]).scores();
      assertAlmostEquals(metrics.macro_f1!, expected.macro_f1, 1e-12);
      assertAlmostEquals(metrics.accuracy!, expected.accuracy, 1e-12);
      expected.f1.forEach((f1, label) => assertAlmostEquals(metrics.f1![label]!, f1, 1e-12));
    });
  }

  it("answers with the most probable grade", () => {
    // Points 0.4, 1.7 and 5 on a scale of three grades: 0, 2 and, clamped, 2.
    const grade = new Tally(3, "grade");
    grade.add({
      logits: [0.4, 9, 9, 1.7, 9, 9, 5, 9, 9],
      labels: [1, 0, 0, 0, 1, 0, 0, 0, 1],
      count: 3,
      loss: 0,
    });
    assertEquals(grade.scores().f1, [1, 0, 2 / 3]);
    // At least 1 with 0.27 and 0.73, at least 2 with 0.12 and 0.88 (made 0.73): grades 0 and 2.
    const cumulative = new Tally(3, "cumulative");
    cumulative.add({ logits: [9, -1, -2, 9, 1, 2], labels: [1, 0, 0, 0, 0, 1], count: 2, loss: 0 });
    assertEquals(cumulative.scores().accuracy, 1);
  });

  it("averages over the classes that occur beside over all", () => {
    const { macro_f1_occurring } = tallyOf(golden.single.labels, "softmax", [40]).scores();
    assertAlmostEquals(macro_f1_occurring!, golden.single.macro_f1_occurring, 1e-12);
  });

  it("weighs the loss by true sample counts", () => {
    assertAlmostEquals(
      tallyOf(golden.multi.labels, "sigmoid", [16, 16, 8]).scores().loss,
      (256 + 256 + 64) / 40,
      1e-12,
    );
  });

  it("goes on from a saved state", () => {
    const whole = tallyOf(golden.multi.labels, "sigmoid", [16, 16, 8]);
    const resumed = new Tally(CLASSES, "sigmoid");
    resumed.restore(
      JSON.parse(JSON.stringify(tallyOf(golden.multi.labels, "sigmoid", [16, 16]).state())) as Json,
    );
    resumed.add({
      logits: golden.logits.slice(32).flat(),
      labels: golden.multi.labels.slice(32).flat(),
      count: 8,
      loss: 8,
    });
    assertEquals(resumed.scores(), whole.scores());
  });
});
