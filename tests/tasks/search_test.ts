import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import * as tf from "@tensorflow/tfjs";
import { describe, it } from "@std/testing/bdd";
import { loadExperiment } from "../../core/experiment/experiment.ts";
import { runTask } from "../../core/cli/task.ts";
import { Problem } from "../../core/base/problem.ts";
import { searchPolicies } from "../../core/search/search_policies.ts";
import { readPolicyFile } from "../../core/search/policy/policy_file.ts";
import { TrialStore } from "../../core/search/trial_store.ts";
import { task } from "../../tasks/search.ts";
import { task as train } from "../../tasks/train.ts";
import { killAfterSave } from "../_held_process.ts";
import { smallSearch, writeData } from "../core/search/_data.ts";

const ROOT = join(import.meta.dirname!, "..", "..");
const CONFIG = join(ROOT, "configs", "search.yml");

async function newFolder(): Promise<string> {
  const folder = await Deno.makeTempDir();
  await writeData(folder);
  return folder;
}

function search(folder: string, flags: readonly string[] = [], set: readonly string[] = []): Promise<number> {
  return runTask(task, [CONFIG, ...smallSearch(folder, set), "--quiet", ...flags]);
}

async function readTrial(folder: string, id: string) {
  return JSON.parse(await Deno.readTextFile(join(folder, "search", "trials", `${id}.json`)));
}

/** Runs a search in a process of its own and kills it as soon as it has saved a file. */
async function searchAndKill(folder: string, set: readonly string[], file: string): Promise<void> {
  const command = [join(ROOT, "tasks", "search.ts"), CONFIG, ...smallSearch(folder, set), "--quiet"];
  await killAfterSave({ command, file: join(folder, "search", file) });
}

/** What must not depend on where a search was killed: the policy file and every epoch's score. */
async function outcomeOf(folder: string): Promise<unknown[]> {
  const trials = await new TrialStore(join(folder, "search", "trials")).readAll();
  const policies = await Deno.readTextFile(join(folder, "search", "best_policy.data"));
  return [policies, ...trials.map((trial) => trial.epochs)];
}

/** Files at whose first save a search is killed: early and late. */
const KILLED_AT: Readonly<Record<string, readonly string[]>> = {
  random: ["trials/0000/checkpoint/epoch_0000.safetensors", "trials/0002/checkpoint/resume.safetensors"],
  density_matching: ["network/network/checkpoint/epoch_0000.safetensors", "trials/0001.json"],
  halving: ["trials/0002/checkpoint/resume.safetensors"],
};

describe("deno task search", () => {
  it("tries no policy and two policies, writes both, a page, and runs nothing twice", async () => {
    const folder = await newFolder();
    assertEquals(await search(folder), 0);
    const policies = await readPolicyFile(join(folder, "search", "best_policy.data"));
    assertEquals(policies.length, 2);
    const base = await readTrial(folder, "0000");
    assertEquals([base.policy, base.status, base.epochs.length], [[], "done", 2]);
    assertEquals(base.passes, { train: 48, forward: 48 });
    const page = await Deno.readTextFile(join(folder, "search", "search.html"));
    assertEquals(page.match(/<img/g)!.length, 16);
    assertEquals([...Deno.readDirSync(join(folder, "search", "trials"))].length, 3);
    assertEquals(await search(folder), 0);
    assertEquals(await readTrial(folder, "0000"), base);
  });

  for (const method of ["random", "density_matching", "halving"]) {
    it(`finds the same policies by ${method} when it was killed on the way`, async () => {
      const set = [
        `search.method=${method}`,
        "search.trials=3",
        "train.num_epochs=3",
        "checkpoint.every_steps=2",
        "search.draws=2",
      ];
      const folder = await newFolder();
      assertEquals(await search(folder, [], set), 0);
      const whole = await outcomeOf(folder);
      for (const file of KILLED_AT[method]!) {
        await Deno.remove(join(folder, "search"), { recursive: true });
        await searchAndKill(folder, set, file);
        assertEquals(await search(folder, [], set), 0);
        assertEquals(await outcomeOf(folder), whole);
      }
    });
  }

  it("confirms what two networks found, over seeds, and writes what it chose", async () => {
    const folder = await newFolder();
    const set = [
      "search.method=density_matching",
      "search.networks=2",
      "search.draws=2",
      "search.seeds=3",
      "search.confirm_epochs=1",
    ];
    assertEquals(await search(folder, [], set), 0);
    const place = (name: string) => join(folder, "search", name);
    const network = await new TrialStore(place("network")).readAll();
    assertEquals(network.map(({ id, passes }) => [id, passes.train]), [["network", 48], ["reverse", 48]]);
    assertEquals((await readTrial(folder, "0001")).passes, { train: 0, forward: 2 * 48 });
    const confirmations = await new TrialStore(place("confirm")).readAll();
    assertEquals(confirmations.length, 4 * 3);
    const policies = await readPolicyFile(place("best_policy.data"));
    assert(policies.length === 1 || policies.length === 2);
    const page = await Deno.readTextFile(place("search.html"));
    assert(
      /at least as good as no policy over 3 trainings|No policy found is as good as none over 3/.test(page),
    );
  });

  it("is what train does with a search config", async () => {
    const folder = await newFolder();
    const args = [CONFIG, ...smallSearch(folder, ["train.num_epochs=1"]), "--quiet"];
    assertEquals(await runTask(train, args), 0);
    assertEquals((await readPolicyFile(join(folder, "search", "best_policy.data"))).length, 2);
  });

  for (const method of ["random", "density_matching"] as const) {
    it(`stops when it is interrupted during ${method}, and goes on later`, async () => {
      const folder = await newFolder();
      const set = smallSearch(folder, [`search.method=${method}`]).map((flag) => flag.slice("--set=".length));
      const experiment = await loadExperiment(CONFIG, { set });
      const tensors = tf.memory().numTensors;
      const stopped = () => searchPolicies(experiment, { signal: AbortSignal.abort() });
      assertEquals((await assertRejects(stopped, Problem, "Interrupted")).exitCode, 130);
      const { trials } = await searchPolicies(experiment);
      assertEquals(trials.map(({ status }) => status), ["done", "done", "done"]);
      assertEquals(tf.memory().numTensors, tensors);
    });
  }

  it("compares trainings by train.metric, turned round where lower is better", async () => {
    const folder = await newFolder();
    const set = smallSearch(folder, ["train.metric=log_loss"]).map((flag) => flag.slice("--set=".length));
    const { trials } = await searchPolicies(await loadExperiment(CONFIG, { set }));
    for (const { score, epochs } of trials) {
      assert(epochs.length === 2 && epochs.every((loss) => loss < 0), epochs.join());
      // The best mean over at most ten epochs: the first, or that of both.
      assertEquals(score, Math.max(epochs[0]!, (epochs[0]! + epochs[1]!) / 2));
    }
    const page = await Deno.readTextFile(join(folder, "search", "search.html"));
    assertStringIncludes(page, "negative log loss");
  });

  it("compares trainings by search.metric, which may be written in two ways but not change", async () => {
    const folder = await newFolder();
    const halving = ["search.method=halving", "search.metric=log_loss"];
    assertEquals(await search(folder, [], halving), 0);
    const trials = await new TrialStore(join(folder, "search", "trials")).readAll();
    const losses = trials.map(({ epochs }) => epochs.map((score) => -score));
    assert(losses.flat().every((loss) => loss > 0), losses.join());
    const full = trials.filter(({ policy, epochs }) => policy.length > 0 && epochs.length === 2);
    const best = full.toSorted((a, b) => b.score! - a.score!)[0]!;
    assertEquals((await readPolicyFile(join(folder, "search", "best_policy.data"))).at(-1), best.policy);
    assertStringIncludes(await Deno.readTextFile(join(folder, "search", "search.html")), "negative log loss");
    assertEquals(await search(folder, [], ["search.method=halving", "search.metric={name: log_loss}"]), 0);
    assertEquals(await search(folder, [], ["search.method=halving"]), 2);
    assertEquals(await search(folder, ["--fresh"], ["search.metric={name: map_at_k, params: {kk: 1}}"]), 2);
    const values = smallSearch(folder, ["search.metric=rmse"]).map((flag) => flag.slice("--set=".length));
    const unfit = loadExperiment(CONFIG, { set: values });
    await assertRejects(async () => await searchPolicies(await unfit), Problem, 'search.metric "rmse"');
  });

  it("runs a single trial again with the same result", async () => {
    const folder = await newFolder();
    assertEquals(await search(folder), 0);
    const before = await readTrial(folder, "0001");
    assertEquals(await search(folder, ["--trial=1"]), 0);
    const after = await readTrial(folder, "0001");
    assertEquals([after.policy, after.epochs], [before.policy, before.epochs]);
    assert(after.time > before.time);
  });

  it("writes upstream's literal form, which reads back alike", async () => {
    const folder = await newFolder();
    assertEquals(await search(folder, ["--format=python"], ["train.num_epochs=1"]), 0);
    const path = join(folder, "search", "best_policy.data");
    assertStringIncludes(await Deno.readTextFile(path), "[[((");
    const policies = await readPolicyFile(path);
    assertEquals(await search(folder, [], ["train.num_epochs=1"]), 0);
    assertEquals(await readPolicyFile(path), policies);
  });

  it("refuses to mix trials of different configs", async () => {
    const folder = await newFolder();
    assertEquals(await search(folder, [], ["search.trials=1", "train.num_epochs=1"]), 0);
    assertEquals(await search(folder, [], ["search.trials=1"]), 2);
    assertEquals(await search(folder, ["--fresh"], ["search.trials=1"]), 0);
  });

  it("refuses a transform without policies", async () => {
    const folder = await newFolder();
    assertEquals(
      await search(folder, ["--set=transform.name=default_transform", "--set=transform.params={size: 24}"]),
      2,
    );
  });
});
