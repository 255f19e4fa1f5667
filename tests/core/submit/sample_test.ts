import { assertEquals, assertThrows } from "@std/assert";
import { Problem } from "../../../core/base/problem.ts";
import { rowsOfSample, type Sample } from "../../../core/submit/sample.ts";

function sampleOf(ids: readonly string[]): Sample {
  return { path: "sample.csv", idColumn: "Id", header: ["Id"], columns: [], ids, cells: [] };
}

Deno.test("the Ids of a sample find their predictions by the same text, or all without extension or folders", () => {
  assertEquals(rowsOfSample(sampleOf(["b", "a"]), ["a", "b"]), [1, 0]);
  assertEquals(rowsOfSample(sampleOf(["b.jpg", "a.png"]), ["a", "b"]), [1, 0]);
  assertEquals(rowsOfSample(sampleOf(["test/b.jpg", "test/a.jpg"]), ["a", "b"]), [1, 0]);
  assertEquals(rowsOfSample(sampleOf(["b", "a"]), ["x/a.tif", "x/b.tif"]), [1, 0]);
  // What is the same is taken first: these differ by their extensions alone.
  assertEquals(rowsOfSample(sampleOf(["a.png", "a.jpg"]), ["a.jpg", "a.png"]), [1, 0]);
  // 007 is no 7.
  assertThrows(() => rowsOfSample(sampleOf(["007"]), ["7"]), Problem, '"007"');
});

Deno.test("Ids that do not fit are named", () => {
  const refuse = (ids: string[], predicted: string[], part: string) =>
    assertEquals(assertThrows(() => rowsOfSample(sampleOf(ids), predicted), Problem, part).exitCode, 3);
  refuse(["a", "c"], ["a", "b"], 'no prediction for 1 of the 2 Ids that the sample submission has: "c"');
  refuse(["a"], ["a", "b"], '1 that it lacks: "b"');
  refuse(["x/a", "y/a"], ["a"], "no prediction for 2 of the 2");
});
