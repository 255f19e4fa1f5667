import { assert, assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Problem } from "../../../core/base/problem.ts";
import { randomSearch, rankCandidates, trialPolicy } from "../../../core/search/random_search.ts";
import { fakeRun, fakeScore } from "./fake_run.ts";
import { inFolder } from "../../_in_folder.ts";

describe("random search", () => {
  it("scores no policy first and keeps the best, best last", () =>
    inFolder(async (folder) => {
      const run = fakeRun(folder, { changes: { trials: 12, keep: 3 } });
      const trials = await randomSearch(run);
      assertEquals(trials.length, 13);
      assertEquals(run.jobs[0]!.policy, []);
      const scores = run.saved.policies.map((policy) => fakeScore(policy));
      assertEquals(scores, scores.toSorted((a, b) => a - b));
      assertEquals(scores.at(-1), Math.max(...trials.slice(1).map((trial) => fakeScore(trial.policy))));
    }));

  it("samples five pairs of different operations, alike for the same seed", () => {
    const spaces = fakeRun("unused").spaces;
    const policy = trialPolicy({ spaces, seed: 3 }, 7);
    assertEquals(policy, trialPolicy({ spaces, seed: 3 }, 7));
    assertEquals(policy.length, 5);
    for (const [first, second] of policy) assert(first![0] !== second![0]);
    assert(JSON.stringify(policy) !== JSON.stringify(trialPolicy({ spaces, seed: 4 }, 7)));
  });

  it("ends alike after a kill at any training, and trains nothing twice", () =>
    inFolder(async (folder) => {
      const whole = fakeRun(`${folder}/whole`, { changes: { trials: 5 } });
      await randomSearch(whole);
      for (let killAfter = 0; killAfter <= 5; killAfter++) {
        const place = `${folder}/${killAfter}`;
        const first = fakeRun(place, { changes: { trials: 5 }, killAfter });
        await assertRejects(() => randomSearch(first), Error, "killed");
        const second = fakeRun(place, { changes: { trials: 5 } });
        await randomSearch(second);
        assertEquals(second.saved.policies, whole.saved.policies);
        assertEquals(first.jobs.length + second.jobs.length, 6);
      }
    }));

  it("extends a finished search by further trials", () =>
    inFolder(async (folder) => {
      await randomSearch(fakeRun(folder, { changes: { trials: 2 } }));
      const more = fakeRun(folder, { changes: { trials: 4 } });
      await randomSearch(more);
      assertEquals(more.jobs.length, 2);
      assert(more.lines.some((line) => line.startsWith("3 finished trials found")));
    }));

  it("stores a training that fails and goes on; the base must not fail", () =>
    inFolder(async (folder) => {
      const run = fakeRun(folder, { changes: { trials: 3 } });
      const train = run.train;
      const failing = (fails: (size: number) => boolean): typeof run => ({
        ...run,
        train: (job) =>
          fails(run.jobs.push(job)) ? Promise.reject(new Problem("failed", "loss is NaN")) : train(job),
      });
      const trials = await randomSearch(failing((job) => job === 3));
      assertEquals(trials.filter((trial) => trial.status === "failed").length, 1);
      assert(!rankCandidates(trials).some((trial) => trial.status === "failed"));
      const base = { ...fakeRun(`${folder}/base`), train: failing(() => true).train };
      await assertRejects(() => randomSearch(base), Problem, "the base failed");
    }));
});
