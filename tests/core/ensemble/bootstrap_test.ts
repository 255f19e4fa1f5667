import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { intervalAbout, resampleGroups } from "../../../core/ensemble/bootstrap.ts";
import { chooseRule, pairedDifference } from "../../../core/ensemble/choose_rule.ts";

Deno.test("a bootstrap sample draws whole groups, as many as there are", () => {
  const groups = [0, 0, 1, 2, 2, 2];
  const samples = resampleGroups(groups, { seed: 1, samples: 50 });
  for (const times of samples) {
    assertEquals(times[0], times[1]);
    assertEquals(new Set(times.subarray(3)).size, 1);
    assertEquals(times[0]! + times[2]! + times[3]!, 3);
  }
  assert(new Set(samples.map((times) => times.join())).size > 5);
});

Deno.test("groups make the interval of a mean as wide as their number says", () => {
  // 400 rows in groups of four with the same value: the mean's deviation is 1 / sqrt(100), not 1 / sqrt(400).
  const groups = Int32Array.from({ length: 400 }, (_, row) => row >> 2);
  const value = (row: number) => groups[row]! % 2 === 0 ? 1 : -1;
  const means = resampleGroups(groups, { seed: 2, samples: 2000 }).map((times) =>
    times.reduce((sum, count, row) => sum + count * value(row), 0) / 400
  );
  const [low, high] = intervalAbout(0, means);
  assertAlmostEquals(high, 1.645 * 0.1, 0.01);
  assertAlmostEquals(low, -high, 1e-12);
});

Deno.test("few degrees of freedom widen an interval as Student's table says", () => {
  const samples = [-1, 1, -1, 1];
  const reach = (degrees: number) => intervalAbout(0, samples, { degrees })[1] / Math.sqrt(4 / 3);
  for (const [degrees, quantile] of [[5, 2.015], [10, 1.8125], [30, 1.6973], [Infinity, 1.6449]] as const) {
    assertAlmostEquals(reach(degrees), quantile, 0.01);
  }
});

Deno.test("a rule is taken only when it beats the last one taken outside the paired interval", () => {
  const noise = Array.from({ length: 200 }, (_, at) => Math.sin(at));
  const rule = (name: string, nested: number, own: number) => ({
    name,
    nested,
    samples: noise.map((common, at) => nested + common + own * Math.cos(1.7 * at)),
  });
  // The noise that all share does not count; own noise of 0.1 gives an interval of about 0.12.
  const rules = [
    rule("a", 0.5, 0),
    rule("b", 0.6, 0.1),
    rule("c", 0.65, 0.1),
    rule("d", 0.7, 0),
    rule("e", 0.7, 0),
  ];
  const { chosen, steps } = chooseRule(rules);
  assertEquals(steps.map(({ taken }) => taken), [false, true, false, false]);
  assertEquals(steps.map(({ against }) => against), ["a", "a", "c", "c"]);
  assertEquals(chosen.name, "c");
  assertAlmostEquals(pairedDifference(rules[3]!, rules[0]!).interval[0], 0.2, 1e-9);
});
