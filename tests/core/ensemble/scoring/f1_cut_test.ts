import { assertAlmostEquals } from "@std/assert";
import { Random } from "../../../../core/base/random.ts";
import { bestF1Cut, blendCut } from "../../../../core/ensemble/scoring/f1_cut.ts";
import { bestThreshold, blendRule } from "../../../../core/submit/thresholds/argmax_f1.ts";

Deno.test("thresholds of nested scores are those that a submission then has", () => {
  for (const [positives, step] of [[0, 0.01], [3, 0.001], [15, 0.05], [80, 0.001], [200, 0.1]] as const) {
    const random = new Random(positives, "cut");
    const labels = Uint8Array.from({ length: 200 }, (_, row) => Number(row < positives));
    const probabilities = Float64Array.from(
      labels,
      (label) => Math.fround(step * Math.round(Math.min(1, 0.3 * label + 0.7 * random.next()) / step)),
    );
    const order = [...labels.keys()].sort((a, b) => probabilities[b]! - probabilities[a]! || a - b);
    const column = {
      falling: Float32Array.from(order, (row) => probabilities[row]!),
      labels: Uint8Array.from(order, (row) => labels[row]!),
      positives,
    };
    const table = { rows: 200, classes: [{ labels, probabilities }] };
    assertAlmostEquals(bestF1Cut(column), bestThreshold(table.classes[0]!), 1e-12);
    assertAlmostEquals(blendCut(column), blendRule(table, { seed: 0, test: null })[0]!, 1e-9);
  }
});
