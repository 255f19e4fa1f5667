import { assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Problem } from "../../../core/base/problem.ts";
import { newTrial } from "../../../core/search/run_trial.ts";
import { rankTrials, TrialStore } from "../../../core/search/trial_store.ts";

const folder = await Deno.makeTempDir();

function scored(id: string, score: number) {
  return { ...newTrial({ id, policy: [[["Blur", { p: 0.5 }]]], seed: 1 }), status: "done" as const, score };
}

describe("trial store", () => {
  it("gives back what it stored, sorted by id", async () => {
    const store = new TrialStore(`${folder}/sorted`);
    await store.write(scored("0002", 0.5));
    await store.write(scored("0001", 0.25));
    assertEquals((await store.readAll()).map((trial) => trial.id), ["0001", "0002"]);
    assertEquals((await store.read("0002"))!.score, 0.5);
    assertEquals(await store.read("0003"), null);
    await store.remove("0002");
    assertEquals(await store.read("0002"), null);
  });

  it("ranks equal scores by id and leaves out what has no score", () => {
    const failed = { ...scored("0000", 1), status: "failed" as const };
    const ranked = rankTrials([scored("0003", 0.5), failed, scored("0001", 0.5), scored("0002", 0.75)]);
    assertEquals(ranked.map((trial) => trial.id), ["0002", "0001", "0003"]);
  });

  it("names a file that is no trial", async () => {
    const store = new TrialStore(`${folder}/broken`);
    await Deno.mkdir(store.folder);
    await Deno.writeTextFile(store.path("0001"), '{"id": 1}');
    const error = await assertRejects(() => store.read("0001"), Problem, "0001.json");
    assertEquals(error.exitCode, 3);
  });
});
