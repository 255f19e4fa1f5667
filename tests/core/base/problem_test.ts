import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { dataProblem, nearestName } from "../../../core/base/problem.ts";

Deno.test("a message of a megabyte is cut, its beginning kept", () => {
  const { message } = dataProblem(`Cannot read "a.csv": ${"x".repeat(1_000_000)}`);
  assert(message.length < 4000);
  assertStringIncludes(message, 'Cannot read "a.csv": xxx');
  assertStringIncludes(message, "more characters)");
  assertEquals(dataProblem("short").message, "short");
});

Deno.test("a text of a megabyte is compared with no name", () => {
  const begin = performance.now();
  assertEquals(nearestName("a".repeat(1_000_000), ["a".repeat(1000)]), undefined);
  assertEquals(nearestName("resnt34", ["a".repeat(1_000_000), "resnet34"]), "resnet34");
  assert(performance.now() - begin < 1000);
});
