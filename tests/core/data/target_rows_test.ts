import { assertEquals, assertInstanceOf } from "@std/assert";
import type { Example } from "../../../core/base/example.ts";
import { targetRows } from "../../../core/data/target_rows.ts";

function example(labels: number[] | null, soft?: number[]): Example {
  return { id: "a", source: "train", files: [], labels, ...(soft && { soft }) };
}

Deno.test("rows of soft targets stand beside those of labels, as float32", () => {
  const rows = targetRows([example([2]), example([0], [0.25, 0.5, 0.125]), example([])], {
    classes: 3,
    target: "class_set",
  });
  assertInstanceOf(rows, Float32Array);
  assertEquals([...rows], [0, 0, 1, 0.25, 0.5, 0.125, 0, 0, 0]);
});

Deno.test("soft targets replace the numbers of a target of values", () => {
  const rows = targetRows([example([3, -1], [2.5, -2]), example([7, 8])], { classes: 2, target: "value" })!;
  assertEquals([...rows], [2.5, -2, 7, 8]);
});

Deno.test("labels alone stay bytes, and unknown ones make no rows", () => {
  assertInstanceOf(targetRows([example([1])], { classes: 2, target: "class" }), Uint8Array);
  assertEquals(targetRows([example([1]), example(null)], { classes: 2, target: "class" }), null);
});
