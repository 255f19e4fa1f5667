import { assert, assertEquals } from "@std/assert";
import { Random } from "../../../../core/base/random.ts";
import type { ClassTable } from "../../../../core/submit/class_table.ts";
import { metricRule } from "../../../../core/submit/thresholds/metric_rule.ts";
import { sigmoid } from "../../../../core/ensemble/logistic.ts";
import { sampleF2 } from "../_metrics.ts";

/** Classes of one rank of difficulty; the scores of the last are shifted down by so much. */
function tableOf(
  rows: number,
  { seed, shift }: { readonly seed: number; readonly shift: number },
): ClassTable {
  const classes = [0.5, 0.3, 0.2, 0.3].map((share, c) => {
    const random = new Random(seed, "class", c);
    const labels = Uint8Array.from({ length: rows }, () => Number(random.next() < share));
    const down = c === 3 ? shift : 0;
    const probabilities = Float64Array.from(
      labels,
      (label) => sigmoid(2.5 * label + random.normal() - 1 - down),
    );
    return { labels, probabilities };
  });
  return { rows, classes };
}

function scoreAt({ rows, classes }: ClassTable, thresholds: ArrayLike<number>): number {
  const size = rows * classes.length;
  const predictions = new Float64Array(size), targets = new Float32Array(size);
  for (const [c, { labels, probabilities }] of classes.entries()) {
    for (let row = 0; row < rows; row++) {
      predictions[row * classes.length + c] = Number(probabilities[row]! > thresholds[c]!);
      targets[row * classes.length + c] = labels[row]!;
    }
  }
  return sampleF2({ rows, predictions, targets });
}

const RULE = metricRule(sampleF2), CONTEXT = { seed: 0, test: null };

Deno.test("thresholds for F2 beat one half and every single threshold on images that were not used", () => {
  const fit = tableOf(1500, { seed: 1, shift: 2 }), fresh = tableOf(4000, { seed: 2, shift: 2 });
  const thresholds = RULE(fit, CONTEXT);
  const single = Array.from(
    { length: 99 },
    (_, at) => scoreAt(fresh, new Float64Array(4).fill((at + 1) / 100)),
  );
  const found = scoreAt(fresh, thresholds);
  assert(found > scoreAt(fresh, new Float64Array(4).fill(0.5)) + 0.05, String(found));
  assert(found > Math.max(...single) + 0.01, `${found}, ${Math.max(...single)}`);
  assert(thresholds[3]! < Math.min(...thresholds.slice(0, 3)), String(thresholds));
  assertEquals(RULE(fit, CONTEXT), thresholds);
});

Deno.test("where classes are alike and images few, own thresholds cost next to nothing", () => {
  let lost = 0;
  for (let seed = 0; seed < 8; seed++) {
    const fit = tableOf(120, { seed: 10 + seed, shift: 0 }),
      fresh = tableOf(4000, { seed: 50 + seed, shift: 0 });
    const single = Math.max(
      ...[0.1, 0.2, 0.3, 0.4, 0.5].map((t) => scoreAt(fresh, new Float64Array(4).fill(t))),
    );
    lost += (single - scoreAt(fresh, RULE(fit, CONTEXT))) / 8;
  }
  assert(lost < 0.02, String(lost));
});
