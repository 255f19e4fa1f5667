import { assertAlmostEquals, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { Json } from "../../core/base/json.ts";
import type { Scheduler } from "../../core/plugin/contracts.ts";
import { loadPlugins } from "../../core/plugin/registry.ts";
import golden from "../golden/schedulers.json" with { type: "json" };

const registry = await loadPlugins([], ["schedulers"]);
const STEPS = 4;
const CONTEXT = {
  learningRate: golden.rate,
  epochs: golden.scores.length,
  stepsPerEpoch: STEPS,
  better: "higher",
} as const;

function epochRates(scheduler: Scheduler, from = 0): number[] {
  return golden.scores.slice(from).map((score, index) => {
    const rate = scheduler.learningRate({ epoch: from + index, step: 0 });
    scheduler.observe(score);
    return rate;
  });
}

function assertRates(actual: number[], expected: number[]): void {
  assertEquals(actual.length, expected.length);
  expected.forEach((rate, i) => assertAlmostEquals(actual[i]!, rate, 1e-12, `epoch ${i}`));
}

describe("schedulers", () => {
  for (const [index, entry] of golden.cases.entries()) {
    it(`${entry.name} equals PyTorch (${index})`, () => {
      assertRates(
        epochRates(registry.get("schedulers", entry.name).create(entry.params, CONTEXT)),
        entry.rates,
      );
    });
  }

  it("one_cycle equals PyTorch step by step", () => {
    const scheduler = registry.get("schedulers", "one_cycle").create(golden.per_step.params, CONTEXT);
    const rates = golden.per_step.rates.map((_, i) =>
      scheduler.learningRate({ epoch: Math.floor(i / STEPS), step: i % STEPS })
    );
    assertRates(rates, golden.per_step.rates);
  });

  it("cosine falls over the whole training unless T_max says otherwise", () => {
    const rate = 1, eta_min = 0.2;
    const scheduler = registry.get("schedulers", "cosine").create({ eta_min }, {
      ...CONTEXT,
      learningRate: rate,
      epochs: 8,
    });
    const rates = [0, 2, 4, 6].map((epoch) => scheduler.learningRate({ epoch, step: 0 }));
    // cos(pi / 4) is the root of one half.
    const quarter = Math.SQRT1_2;
    assertRates(rates, [1, 0.6 + 0.4 * quarter, 0.6, 0.6 - 0.4 * quarter]);
  });

  for (const plugin of registry.list("schedulers")) {
    it(`${plugin.name}: a resume at any epoch equals the uninterrupted run`, () => {
      const whole = epochRates(plugin.create({}, CONTEXT));
      for (let at = 0; at < golden.scores.length; at++) {
        const first = plugin.create({}, CONTEXT);
        golden.scores.slice(0, at).forEach((score) => first.observe(score));
        const second = plugin.create({}, CONTEXT);
        second.restore(JSON.parse(JSON.stringify(first.state())) as Json);
        assertEquals(epochRates(second, at), whole.slice(at));
      }
    });
  }
});
