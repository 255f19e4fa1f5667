import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Random } from "../../../core/base/random.ts";
import { firstDecision, isDecided } from "../../../core/predict/stop_rule.ts";

const VIEWS = 8, CLASSES = 4;

/** Probabilities `[view][class]`, many of them near 0 and 1 as a trained model gives them. */
function drawViews(random: Random, exclusive: boolean): number[][] {
  const lean = Array.from({ length: CLASSES }, () => random.uniform(-4, 4));
  return Array.from({ length: VIEWS }, () => {
    const odds = lean.map((logit) => Math.exp(3 * logit + random.uniform(-4, 4)));
    const sum = odds.reduce((a, b) => a + b, 0);
    return odds.map((value) => exclusive ? value / sum : value / (1 + value));
  });
}

function meanOf(views: readonly number[][]): number[] {
  return Array.from(
    { length: CLASSES },
    (_, c) => views.reduce((sum, view) => sum + view[c]!, 0) / views.length,
  );
}

function answerOf(views: readonly number[][], threshold: number | null): string {
  const mean = meanOf(views);
  if (threshold === null) return String(mean.indexOf(Math.max(...mean)));
  return mean.map((value) => value > threshold ? 1 : 0).join("");
}

function stopAt(views: readonly number[][], threshold: number | null): number {
  for (let seen = 1; seen < VIEWS; seen++) {
    const sums = meanOf(views.slice(0, seen)).map((mean) => mean * seen);
    if (isDecided(sums, { seen, views: VIEWS, threshold })) return seen;
  }
  return VIEWS;
}

describe("isDecided", () => {
  for (const threshold of [null, 0.2, 0.5, 0.7]) {
    it(`never stops before the answer stands, ${threshold ?? "one label"}`, () => {
      let left = 0;
      for (let seed = 0; seed < 2000; seed++) {
        const views = drawViews(new Random(seed, "views"), threshold === null);
        const seen = stopAt(views, threshold);
        const first = views.slice(0, seen);
        assertEquals(answerOf(first, threshold), answerOf(views, threshold), `seed ${seed}`);
        assert(seen >= firstDecision(VIEWS, { threshold }));
        left += VIEWS - seen;
      }
      assert(left > 1000, `only ${left} views were left out`);
    });
  }

  it("goes on as long as the worst remaining views would change the answer", () => {
    for (let seed = 0; seed < 500; seed++) {
      const views = drawViews(new Random(seed, "worst"), false);
      const seen = stopAt(views, 0.5);
      if (seen < 2) continue;
      const before = views.slice(0, seen - 1);
      const worst = [0, 1].map((value) =>
        answerOf([...before, ...Array(VIEWS - seen + 1).fill(Array(CLASSES).fill(value))], 0.5)
      );
      assert(worst[0] !== worst[1], `seed ${seed} could have stopped earlier`);
    }
  });

  it("leaves a mean on the threshold, and a class level with the first, open", () => {
    assertEquals(isDecided([2], { seen: 4, views: 4, threshold: 0.5 }), false);
    assertEquals(isDecided([2, 1], { seen: 3, views: 4, threshold: null }), false);
    assertEquals(isDecided([NaN, 0], { seen: 3, views: 4, threshold: 0.5 }), false);
  });
});
