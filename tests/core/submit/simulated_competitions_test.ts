import { assertGreater } from "@std/assert";
import { drawCompetition } from "../../bench/simulated_competitions.ts";
import { unseenF1 } from "../../bench/thresholds.ts";

const COMPETITIONS = Array.from({ length: 40 }, (_, index) => drawCompetition(1000 + index));

/** Gains of blend on a rule over the simulated competitions. */
function gainsOn(rule: "proportion" | "fixed"): number[] {
  return COMPETITIONS.map((competition) => unseenF1(competition, "blend") - unseenF1(competition, rule));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

Deno.test("over simulated competitions blend gains on upstream's rule, though not in each of them", () => {
  const gains = gainsOn("proportion");
  assertGreater(mean(gains), 0.002);
  assertGreater(gains.filter((gain) => gain > 0).length, COMPETITIONS.length / 2);
  assertGreater(Math.min(...gains), -0.05);
});

Deno.test("over simulated competitions one threshold for all classes loses much", () => {
  assertGreater(mean(gainsOn("fixed")), 0.03);
});
