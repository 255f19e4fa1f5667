import { assert, assertEquals, assertRejects } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { describe, it } from "@std/testing/bdd";
import { loadPlugins } from "../../../../core/plugin/registry.ts";
import { densitySearch, type PolicyScorer } from "../../../../core/search/density/density_search.ts";
import { exampleLosses, guessLosses } from "../../../../core/search/density/judge_views.ts";
import { rankCandidates } from "../../../../core/search/random_search.ts";
import { fakeRun, fakeScore } from "../fake_run.ts";

const folder = await Deno.makeTempDir();
const changes = { trials: 30, keep: 3 };

function fakeScorer(scored: string[], killAfter = Infinity): PolicyScorer {
  return {
    score: (policy) => {
      if (scored.length >= killAfter) return Promise.reject(new Error("killed"));
      scored.push(JSON.stringify(policy));
      const score = fakeScore(policy) - 1;
      const match = { score, lost: 0, trivial: 1, destroyed: 0, diversity: 0 };
      return Promise.resolve({ match, passes: { train: 0, forward: 50 } });
    },
    close: () => {},
  };
}

describe("search by density matching", () => {
  it("scores no policy and all candidates, and keeps the best", async () => {
    const run = fakeRun(`${folder}/whole`, { changes });
    const trials = await densitySearch(run, () => Promise.resolve(fakeScorer([])));
    assertEquals(trials.length, 31);
    assertEquals(run.jobs.length, 0);
    assertEquals(run.saved.policies.at(-1), rankCandidates(trials)[0]!.policy);
    assertEquals(trials[1]!.passes, { train: 0, forward: 50 });
  });

  it("ends alike after a kill at any candidate, and opens no network when all is done", async () => {
    const whole = fakeRun(`${folder}/alike`, { changes });
    await densitySearch(whole, () => Promise.resolve(fakeScorer([])));
    for (const killAfter of [0, 1, 12, 30]) {
      const place = `${folder}/kill${killAfter}`, scored: string[] = [];
      const killed = densitySearch(
        fakeRun(place, { changes }),
        () => Promise.resolve(fakeScorer(scored, killAfter)),
      );
      await assertRejects(() => killed, Error, "killed");
      const second = fakeRun(place, { changes });
      await densitySearch(second, () => Promise.resolve(fakeScorer(scored)));
      assertEquals(second.saved.policies, whole.saved.policies);
      assertEquals(new Set(scored).size, 31);
    }
    const third = fakeRun(`${folder}/alike`, { changes });
    await densitySearch(third, () => Promise.reject(new Error("opened")));
    assertEquals(third.saved.policies, whole.saved.policies);
  });
});

describe("losses of single examples", () => {
  it("have the batch's loss as their mean, for every loss plugin that is a mean", async () => {
    await tf.setBackend("cpu");
    const registry = await loadPlugins([], ["losses"]);
    for (const name of ["binary_focal_loss", "cross_entropy", "softmax_cross_entropy"]) {
      const loss = registry.get("losses", name).create({}, { classes: 3, target: "class" });
      const logits = tf.tensor2d([[1, -2, 0.5], [0, 3, -1]]), labels = tf.tensor2d([[1, 0, 0], [0, 0, 1]]);
      const single = exampleLosses(loss, logits, labels).dataSync();
      assertEquals(single.length, 2);
      const mean = (single[0]! + single[1]!) / 2;
      assert(Math.abs(mean - loss.compute(logits, labels).dataSync()[0]!) < 1e-6, name);
    }
  });

  it("are higher by guessing for rare labels", async () => {
    const registry = await loadPlugins([], ["losses"]);
    const loss = registry.get("losses", "cross_entropy").create({}, { classes: 2, target: "class_set" });
    const guess = guessLosses(loss, [1, 0, 1, 0, 1, 0, 0, 1], 2);
    assert(guess[3]! > guess[0]!);
    assertEquals(guess[0], guess[1]);
  });
});
