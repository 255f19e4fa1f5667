import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { configSchema } from "../../../core/config/schema.ts";
import { halvingRungs, halvingSearch } from "../../../core/search/halving_search.ts";
import { searchSettings } from "../../../core/search/open_search.ts";
import { rankCandidates } from "../../../core/search/random_search.ts";
import { Listener } from "../train/_tiny.ts";
import { fakeRun, fakeScore } from "./fake_run.ts";

const folder = await Deno.makeTempDir();
const changes = { trials: 20, keep: 2 };

function longRun(name: string, killAfter = Infinity) {
  return { ...fakeRun(`${folder}/${name}`, { changes, killAfter }), epochs: 9 };
}

describe("successive halving", () => {
  it("is what the method asha stands for, with one warning; other methods are taken as they are", () => {
    for (const method of ["random", "density_matching", "halving", "asha"] as const) {
      const output = new Listener();
      const config = configSchema.parse({ loss: { name: "x" }, search: { method, trials: 7 } });
      const settings = searchSettings(config, output);
      assertEquals([settings.method, settings.trials], [method === "asha" ? "halving" : method, 7]);
      assertEquals(output.warnings.length, method === "asha" ? 1 : 0);
      for (const warning of output.warnings) {
        assertMatch(warning, /"asha" runs successive halving.*"halving"/);
      }
    }
  });

  it("lets nobody go on before the whole round is trained", async () => {
    const run = longRun("rounds");
    await halvingSearch(run);
    const candidates = run.jobs.slice(1).map(({ epochs }) => epochs);
    assertEquals(candidates, candidates.toSorted((a, b) => a - b));
  });

  it("costs at most a fifth of upstream's epochs", () => {
    const rungs = halvingRungs({ trials: 50, epochs: 60 });
    const epochs = rungs.reduce(
      (sum, rung, i) => sum + rung.candidates * (rung.epochs - (rungs[i - 1]?.epochs ?? 0)),
      60,
    );
    assert(epochs <= 51 * 60 / 5);
  });

  it("trains few epochs, one candidate and one epoch too", () => {
    assertEquals(halvingRungs({ trials: 1, epochs: 60 }), [{ candidates: 1, epochs: 60 }]);
    assertEquals(halvingRungs({ trials: 50, epochs: 1 }), [{ candidates: 50, epochs: 1 }]);
  });

  it("finds the best of all candidates when early scores tell", async () => {
    const run = longRun("best");
    const trials = await halvingSearch(run);
    const best = rankCandidates(trials)[0]!;
    assertEquals(
      fakeScore(best.policy),
      Math.max(...trials.slice(1).map((trial) => fakeScore(trial.policy))),
    );
    assertEquals(best.epochs.length, 9);
    assertEquals(trials.filter((trial) => trial.epochs.length === 1).length, 13);
    assertEquals(run.saved.policies.at(-1), best.policy);
  });

  it("ends alike after a kill at any training", async () => {
    const whole = longRun("whole");
    await halvingSearch(whole);
    for (const killAfter of [0, 7, 21, 24, whole.jobs.length - 1]) {
      await assertRejects(() => halvingSearch(longRun(`kill${killAfter}`, killAfter)), Error, "killed");
      const second = longRun(`kill${killAfter}`);
      await halvingSearch(second);
      assertEquals(second.saved.policies, whole.saved.policies);
      assertEquals(second.jobs.length, whole.jobs.length - killAfter);
    }
  });
});
