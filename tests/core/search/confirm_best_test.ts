import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { confirmBest, contenders, judge } from "../../../core/search/confirm_best.ts";
import { randomSearch } from "../../../core/search/random_search.ts";
import { confirmationTable } from "../../../core/search/page/search_page.ts";
import { fakeRun } from "./fake_run.ts";

const folder = await Deno.makeTempDir();

function confirmation(name: string, mean: number, found: boolean) {
  return {
    contender: { name, policy: [], policies: found ? [[]] : null },
    scores: [mean],
    mean,
    deviation: 0,
  };
}

const SETTINGS = { full: 60, scoreName: "macro F1" };

describe("confirming the best", () => {
  it("trains the baselines, the pool and the best with seeds no trial had", async () => {
    const run = fakeRun(`${folder}/fresh`, { changes: { trials: 4, seeds: 2, confirm: 2, keep: 3 } });
    const trials = await randomSearch(run);
    const before = run.jobs.length;
    const verdict = await confirmBest(run, trials);
    assertEquals(run.jobs.length - before, 5 * 2);
    assertEquals(new Set(run.jobs.slice(before).map((job) => job.seed)), new Set([1, 2]));
    const names = verdict!.confirmations.map(({ contender }) => contender.name);
    assertEquals(names.slice(0, 3), ["no policy", "TrivialAugment", "best 3 together"]);
  });

  it("takes up confirmations that are done", async () => {
    const changes = { trials: 2, seeds: 2 };
    const first = fakeRun(`${folder}/again`, { changes });
    const verdict = await confirmBest(first, await randomSearch(first));
    const second = fakeRun(`${folder}/again`, { changes });
    assertEquals(await confirmBest(second, await randomSearch(second)), verdict);
    assertEquals(second.jobs.length, 0);
  });

  it("is left out with seeds 0", async () => {
    const run = fakeRun(`${folder}/none`, { changes: { trials: 1, seeds: 0 } });
    assertEquals(await confirmBest(run, await randomSearch(run)), null);
  });

  it("pools all kept policies, best last in the file", async () => {
    const run = fakeRun(`${folder}/pool`, { changes: { trials: 3, keep: 2 } });
    const pool = contenders(run, await randomSearch(run)).find(({ name }) => name === "best 2 together")!;
    assertEquals(pool.policy.length, 10);
    assertEquals(pool.policies!.at(-1), pool.policy.slice(0, 5));
  });

  it("says plainly when no policy is at least as good as none", () => {
    const rivals = [confirmation("no policy", 0.5, false), confirmation("trial 1", 0.4, true)];
    const worse = judge(rivals, { ...SETTINGS, epochs: 60 });
    assert(!worse.atLeastNone);
    assertStringIncludes(worse.sentence, "No policy found is as good as none");
    assertStringIncludes(worse.sentence, "Train without a policy");
    assertStringIncludes(judge(rivals, { ...SETTINGS, epochs: 12 }).sentence, "confirm over all 60 epochs");
    const equal = judge([rivals[0]!, confirmation("trial 1", 0.5, true)], { ...SETTINGS, epochs: 12 });
    assert(equal.atLeastNone);
  });

  it("ranks a policy last that failed under a metric without a worst score, and shows it as failed", () => {
    const failed = { ...confirmation("trial 1", -Infinity, true), scores: [-0.2, -Infinity], deviation: NaN };
    const fine = { ...confirmation("trial 2", -0.7, true), scores: [-0.8, -0.6], deviation: 0.1 };
    const none = { ...confirmation("no policy", -0.5, false), scores: [-0.6, -0.4], deviation: 0.1 };
    const verdict = judge([none, failed, fine], { ...SETTINGS, epochs: 12 });
    assertEquals(verdict.chosen.contender.name, "trial 2");
    const { rows } = confirmationTable(verdict, "negative log loss");
    assertEquals(rows[1], ["trial 1", 2, "failed", "", "-0.2000 failed"]);
  });

  it("never chooses a baseline for the file", () => {
    const verdict = judge([
      confirmation("no policy", 0.5, false),
      confirmation("TrivialAugment", 0.9, false),
      confirmation("trial 1", 0.6, true),
    ], { ...SETTINGS, epochs: 12 });
    assertEquals(verdict.chosen.contender.name, "trial 1");
  });
});
