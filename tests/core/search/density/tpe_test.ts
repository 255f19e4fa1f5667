import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Random } from "../../../../core/base/random.ts";
import { settingDensity } from "../../../../core/search/density/parzen.ts";
import { type Observation, proposePolicy } from "../../../../core/search/density/tpe.ts";
import type { Policy } from "../../../../core/search/policy/policy.ts";
import { samplePolicy } from "../../../../core/search/policy/sample_policy.ts";
import { readDimension } from "../../../../core/search/policy/operation_space.ts";

const SPACES = ["A", "B", "C", "D", "E"].map((name) => ({
  name,
  space: { limit: [0.0, 1.5], range: [[1, 5], [6, 9]], p: { choice: [0, 0.25, 0.5, 0.75] } },
}));

/** A helps when it runs often and mildly; the rest harms. */
function worth(policy: Policy): number {
  return policy.flat().reduce((sum, [name, params]) => {
    const probability = Number(params["p"]);
    return sum + (name === "A" ? probability * (1 - Number(params["limit"])) : -0.3 * probability);
  }, 0);
}

function search(propose: (trials: readonly Observation[], random: Random) => Policy): number {
  const trials: Observation[] = [];
  for (let n = 0; n < 60; n++) {
    const policy = propose(trials, new Random(1, "proposal", n));
    trials.push({ policy, score: worth(policy) });
  }
  return Math.max(...trials.map(({ score }) => score));
}

describe("parzen densities", () => {
  it("integrate to one over a range and over a list", () => {
    const range = settingDensity(readDimension([0.0, 1.5]), [0.7, 0.8]);
    const steps = Array.from({ length: 4500 }, (_, i) => range.at(-1.5 + i / 1000) as number);
    // The uniform share ends at the range's ends, so outside of it only the kernels count.
    const outside = 2 * 1.5 * (1 / 1.5) / 3;
    assertAlmostEquals(steps.reduce((sum, value) => sum + value / 1000, 0) - outside, 1, 1e-2);
    const list = settingDensity({ kind: "choice", values: [0, 0.5, 1] }, [0.5, 0.5]);
    assertAlmostEquals(list.at(0) + list.at(0.5) + list.at(1), 1, 1e-9);
    assert(list.at(0.5) > 0.7);
  });

  it("draw inside their space, like what was observed", () => {
    const random = new Random(3, "draws");
    const integer = settingDensity(readDimension([3, 9]), [8, 8, 9]);
    const draws = Array.from({ length: 300 }, () => Number(integer.draw(random)));
    assert(draws.every((value) => Number.isInteger(value) && value >= 3 && value <= 9));
    assert(draws.filter((value) => value >= 7).length > 200);
    const pair = settingDensity(readDimension([[1, 5], [6, 9]]), [[1, 6]]).draw(random) as number[];
    assert(pair[0]! <= 5 && pair[1]! >= 6);
  });
});

describe("tree-structured Parzen estimator", () => {
  it("proposes five pairs of different operations, alike for the same number", () => {
    const trials = Array.from({ length: 20 }, (_, n) => {
      const policy = samplePolicy(SPACES, new Random(2, n));
      return { policy, score: worth(policy) };
    });
    const policy = proposePolicy(SPACES, trials, new Random(0, "next"));
    assertEquals(policy, proposePolicy(SPACES, trials, new Random(0, "next")));
    assertEquals(policy.map((pair) => new Set(pair.map(([name]) => name)).size), [2, 2, 2, 2, 2]);
  });

  it("finds better policies than chance does", () => {
    const random = search((_, random) => samplePolicy(SPACES, random));
    const learnt = search((trials, random) => proposePolicy(SPACES, trials, random));
    assert(learnt > random + 0.3, `${learnt} against ${random}`);
  });
});
