import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { listFiles, pathExists } from "../../core/base/files.ts";
import { Random } from "../../core/base/random.ts";
import { readSafetensors } from "../../core/weights/safetensors.ts";
import { killAfterSave } from "../_held_process.ts";
import { testSeed } from "../_seed.ts";
import { makeSmallCompetition, smallConfig } from "./_small_competition.ts";
import { ROOT, runInFolder, type TaskEnd } from "./_task_process.ts";

const CONFIG = smallConfig(1);

async function succeed(cwd: string, task: string, ...flags: string[]): Promise<unknown> {
  const { code, stdout, stderr } = await runInFolder(cwd, task, [...flags, "--json"]);
  assertEquals(code, 0, stderr);
  return JSON.parse(stdout);
}

/** The words of a task that must fail without a stack. */
async function refusal(cwd: string, code: number, flags: readonly string[], task = "train"): Promise<string> {
  const end: TaskEnd = await runInFolder(cwd, task, flags);
  assertEquals(end.code, code, end.stderr);
  assertMatch(end.stderr, /^error: /m);
  assert(!/^\s+at /m.test(end.stderr), end.stderr);
  return end.stderr;
}

async function hashes(folder: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of await listFiles(folder)) {
    if (!/^(epoch|best)_\d+\.safetensors$/.test(name)) continue;
    const digest = await crypto.subtle.digest("SHA-256", await Deno.readFile(join(folder, name)));
    found[name] = new Uint8Array(digest).toHex();
  }
  return found;
}

const checkpoints = (cwd: string, run: string) => join(cwd, "results", run, "checkpoint");

async function checkSeveralConfigs(cwd: string): Promise<void> {
  await Deno.writeTextFile(join(cwd, "other.yml"), CONFIG.replace("results/small", "results/other"));
  const results = await succeed(cwd, "train", "small.yml", "other.yml") as { epochs: number }[];
  assertEquals(results.map(({ epochs }) => epochs), [2, 2]);
  const small = await hashes(checkpoints(cwd, "small"));
  assertEquals(Object.keys(small).length, 3);
  assertEquals(await hashes(checkpoints(cwd, "other")), small, "the same config elsewhere, the same bytes");
  await succeed(cwd, "train", "small.yml", "--set", "transform.num_preprocessor=2", "--fresh");
  assertEquals(await hashes(checkpoints(cwd, "small")), small, "another worker count, the same bytes");
}

async function checkDryRun(cwd: string): Promise<void> {
  const [planned] = await succeed(
    cwd,
    "train",
    "small.yml",
    "--dry-run",
    "--set",
    "train.dir=./results/dry",
  ) as [
    { plan: Record<string, unknown>; config: { train: { num_epochs: number } } },
  ];
  assertEquals(planned.config.train.num_epochs, 2);
  assertEquals(planned.plan["parameters"], 45_892);
  assert((planned.plan["memory_bytes"] as number) > 1e6 && (planned.plan["seconds"] as number) > 0);
  assert(!(await pathExists(join(cwd, "results", "dry"))), "a dry run writes nothing");
  const dry = ["small.yml", "--dry-run"];
  assertStringIncludes(await refusal(cwd, 2, [...dry, "--set", "train.dir=/tmp/elsewhere"]), "results/");
  const missing = await refusal(cwd, 3, [...dry, "--set", "model.params.pretrained=none.pth"]);
  assertStringIncludes(missing, "none.pth");
  await Deno.writeTextFile(join(cwd, "broken.safetensors"), "no weights at all, and longer than a header");
  const broken = await refusal(cwd, 3, [...dry, "--set", "model.params.pretrained=broken.safetensors"]);
  assertStringIncludes(broken, '"broken.safetensors"');
}

/** The soup is the checkpoint that inference then takes, and what it says of validation is what inference finds. */
async function checkGreedySoup(cwd: string): Promise<void> {
  const [soup] = await succeed(cwd, "swa", "small.yml", "--greedy", "--num_checkpoint=2") as [
    {
      path: string;
      checkpoints: string[];
      greedy: { metric: string; score: number; tried: { alone: number }[] };
    },
  ];
  assert(soup.path.endsWith("swa_greedy.2.001.safetensors"), soup.path);
  assertEquals([soup.greedy.metric, soup.greedy.tried.length], ["macro_f1", 2]);
  assert(soup.greedy.tried.every(({ alone }) => alone <= soup.greedy.score));
  const { metadata } = readSafetensors(await Deno.readFile(join(cwd, soup.path)));
  assertEquals(JSON.parse(metadata.get("metrics")!), { averaged: soup.checkpoints, greedy: soup.greedy });
  const [predicted] = await succeed(cwd, "inference", "small.yml", "--split=val", "--num_tta=1") as [
    { checkpoint: string },
  ];
  assertEquals(predicted.checkpoint, soup.path);
}

/** The training has 14 resume points, and each of five killed runs gets two further at most. */
async function checkKills(cwd: string): Promise<void> {
  const command = [join(ROOT, "tasks", "train.ts"), "small.yml", "--set", "train.dir=./results/killed"];
  const file = join(checkpoints(cwd, "killed"), "resume.safetensors");
  const random = new Random(testSeed("moments of kills"), "kills");
  for (let i = 0; i < 5; i++) {
    await killAfterSave({ command, cwd, file, times: 2 }, { wait: random.uniform(0, 80) });
  }
  await succeed(cwd, "train", "small.yml", "--set", "train.dir=./results/killed");
  assertEquals(await hashes(checkpoints(cwd, "killed")), await hashes(checkpoints(cwd, "small")));
}

async function checkRefusals(cwd: string): Promise<void> {
  const before = await hashes(checkpoints(cwd, "small"));
  assertStringIncludes(await refusal(cwd, 2, []), "no config is named");
  assertStringIncludes(await refusal(cwd, 2, ["none.yml"]), "none.yml");
  assertStringIncludes(await refusal(cwd, 2, ["small.yml", "--set", "train.num_epoch=3"]), "num_epochs");
  assertStringIncludes(
    await refusal(cwd, 2, ["small.yml", "--set", "optimizer.params.lr=high"]),
    "optimizer.params.lr",
  );
  assertStringIncludes(await refusal(cwd, 2, ["small.yml", "--set", "loss.name=focal"]), "binary_focal_loss");
  assertStringIncludes(await refusal(cwd, 2, ["small.yml", "--set", "train.dir=/tmp/elsewhere"]), "results/");
  assertStringIncludes(
    await refusal(cwd, 2, ["small.yml", "--set", "model.params.width=8"]),
    "model.params.width",
  );
  assertStringIncludes(await refusal(cwd, 3, ["small.yml", "--set", "data.dir=nodata"]), "nodata");
  const path = join(checkpoints(cwd, "small"), "resume.safetensors");
  await Deno.writeFile(path, (await Deno.readFile(path)).subarray(0, 5000));
  assertStringIncludes(await refusal(cwd, 3, ["small.yml"]), "resume.safetensors");
  assertStringIncludes(await refusal(cwd, 3, ["small.yml", "--epoch_end=40"], "swa"), "epochs 0 to 1");
  assertEquals(await hashes(checkpoints(cwd, "small")), before);
}

Deno.test("the train task on demo pictures", async (t) => {
  const cwd = await Deno.makeTempDir();
  try {
    await makeSmallCompetition(cwd, CONFIG);
    await t.step(
      "trains several configs, the same bytes for any worker count",
      () => checkSeveralConfigs(cwd),
    );
    await t.step("plans without writing", () => checkDryRun(cwd));
    await t.step("killed five times at random moments, ends with the same bytes", () => checkKills(cwd));
    await t.step("makes a greedy soup, which inference takes", () => checkGreedySoup(cwd));
    await t.step("finds a learning rate", async () => {
      const found = await succeed(cwd, "find_lr", "small.yml", "--steps=12", "--from=1e-5", "--to=1e-2") as {
        page: string;
        valley: number;
      };
      assert(found.valley >= 1e-5 && found.valley <= 1e-2);
      assertStringIncludes(await Deno.readTextFile(join(cwd, found.page)), "<svg");
    });
    await t.step("refuses what it cannot use and leaves the checkpoints alone", () => checkRefusals(cwd));
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
});
