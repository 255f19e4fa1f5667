import { assertAlmostEquals, assertEquals } from "@std/assert";
import { Random } from "../../../core/base/random.ts";
import { drawSample } from "../../../core/ensemble/class_sample.ts";
import { Members } from "../../../core/ensemble/members.ts";
import { ensembleTable } from "../../../core/ensemble/table.ts";

function drawn(rows: number, share: number) {
  const random = new Random(5, "sample");
  const labels = Uint8Array.from({ length: rows }, () => Number(random.next() < share));
  const member = Float64Array.from(labels, (label) => 0.5 * label + 0.5 * random.next());
  const table = ensembleTable({ classes: 1, target: "class_set", labels, members: [member] });
  return { table, members: new Members(table.members, { classes: 1, exclusive: false }), labels };
}

Deno.test("a small sample is all kept rows, once each", () => {
  const { table, members } = drawn(500, 0.3), kept = new Uint8Array(500).fill(1);
  kept.fill(0, 100, 200);
  const { rows, weights } = drawSample(table, members, { label: 0, kept });
  assertEquals([...rows].sort((a, b) => a - b), [...kept.keys()].filter((row) => kept[row] === 1));
  assertEquals(new Set(weights), new Set([1]));
});

Deno.test("the weights of a large sample sum to the rows it stands for", () => {
  const { table, members, labels } = drawn(20_000, 0.2), kept = new Uint8Array(20_000).fill(1);
  const sample = drawSample(table, members, { label: 0, kept });
  const positives = labels.reduce((sum, label) => sum + label, 0);
  const weighed = (wanted: number) =>
    sample.weights.reduce((sum, weight, at) => sum + (sample.labels[at] === wanted ? weight : 0), 0);
  assertAlmostEquals(weighed(1), positives, 0.5);
  assertAlmostEquals(weighed(0), 20_000 - positives, 0.5);
  assertEquals(sample.rows.length < 5000, true);
});
