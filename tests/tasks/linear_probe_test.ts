import * as tf from "@tensorflow/tfjs";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { makeDemoData } from "../../core/demo/make_demo_data.ts";
import { readCsv } from "../../core/formats/csv.ts";
import { loadPlugins } from "../../core/plugin/registry.ts";
import { modelWeights, storeWeights } from "../../core/weights/model_weights.ts";
import { writeSafetensors } from "../../core/weights/safetensors.ts";
import { inFolder } from "../_in_folder.ts";
import { runInFolder, type TaskEnd } from "./_task_process.ts";

function foldConfig(fold: number): string {
  return `
data: { dir: data, on_broken: skip, params: { idx_fold: ${fold}, num_fold: 2 } }
model: { name: resnet18, params: { width: 4 } }
train: { dir: ./results/net.${fold}, batch_size: 16, num_epochs: 1 }
eval: { batch_size: 16 }
loss: { name: binary_focal_loss }
transform: { name: policy_transform, num_preprocessor: 1, params: { size: 32 } }
backend: wasm
`;
}

async function run(cwd: string, name: string, ...flags: string[]): Promise<TaskEnd> {
  const end = await runInFolder(cwd, name, flags);
  assertEquals(end.code, 0, `${name} ${flags.join(" ")}\n${end.stderr}`);
  return end;
}

async function refused(cwd: string, name: string, ...flags: string[]): Promise<string> {
  const { code, stderr } = await runInFolder(cwd, name, flags);
  assertEquals(code, 3, stderr);
  assertMatch(stderr, /^next: /m);
  return stderr;
}

/** Weights of another program: those of a network that has seen nothing. */
async function writeWeights(path: string): Promise<void> {
  await tf.setBackend("cpu");
  const registry = await loadPlugins([], ["models"]), plugin = registry.get("models", "resnet18");
  const context = { classes: 28, channels: 4, size: 32, seed: 3 };
  const model = plugin.create({ width: 4 }, { ...context, model: () => assert(false) as never });
  await Deno.writeFile(path, writeSafetensors(storeWeights(await modelWeights(model))));
  model.dispose();
}

async function makeCompetition(cwd: string): Promise<void> {
  const size = { train: 48, external: 12, test: 12, size: 40, seed: 0 };
  await makeDemoData({ layout: "hpa", ...size, out: join(cwd, "data") });
  for (const fold of [0, 1]) await Deno.writeTextFile(join(cwd, `c${fold}.yml`), foldConfig(fold));
  await writeWeights(join(cwd, "data", "net.safetensors"));
  await run(cwd, "find_duplicate_images");
  await run(cwd, "stratified_split", "--folds=5");
}

/** Fits heads for both folds on the features of one network, and makes the submission that the task's line names. */
async function checkFrozen(cwd: string, head: string): Promise<void> {
  const { folds } = JSON.parse((await run(cwd, "linear_probe", "c0.yml", `--head=${head}`, "--json")).stdout);
  assertEquals(folds.map(({ fold }: { fold: number }) => fold), [0, 1]);
  const { stderr } = await run(cwd, "linear_probe", "c0.yml", `--head=${head}`, "--strength=100", "--json");
  const [line] = stderr.match(/- \{ name: linear_probe.*\}/)!;
  await Deno.writeTextFile(join(cwd, "submission.yml"), `data: { dir: data }\nmodels:\n  ${line}\n`);
  const { outOfFold } = JSON.parse((await run(cwd, "make_submission", "submission.yml", "--json")).stdout);
  const split = await readCsv(join(cwd, "data", "split.stratified.0.csv"), {
    columns: ["Id", "Split"],
    next: "",
  });
  assertEquals([outOfFold.folds, outOfFold.images + outOfFold.leftOut.length], [2, split.length]);
  assert(outOfFold.testVal > 0);
  const record = JSON.parse(await Deno.readTextFile(join(cwd, `inferences/net.0.${head}.1.val.csv.json`)));
  assertEquals([record.split, record.split_file.path], ["val", join("data", "split.stratified.1.csv")]);
  assertEquals([record.head.name, record.head.strength], [head, 100]);
}

/** Features of a network that was trained on a fold serve that fold alone, in the plain form of a submission too. */
async function checkTrained(cwd: string): Promise<void> {
  await run(cwd, "train", "c0.yml");
  await run(cwd, "extract", "c0.yml");
  const { folds } = JSON.parse((await run(cwd, "linear_probe", "c0.yml", "--json")).stdout);
  assertEquals(folds.map(({ fold }: { fold: number }) => fold), [0]);
  const { test_val, test } = folds[0].paths;
  await Deno.writeTextFile(
    join(cwd, "submission.yml"),
    `data: { dir: data }\ntest_val: [${test_val}]\ntest: [${test}]\n`,
  );
  await run(cwd, "make_submission", "submission.yml");
  const files = ["train", "val"].map((split) => `--features=inferences/net.0.${split}.features.safetensors`);
  const seen = await refused(cwd, "linear_probe", "c1.yml", ...files);
  assertStringIncludes(seen, 'its network was trained on "data/split.stratified.0.csv"');
}

Deno.test("features of a frozen network are extracted, heads fitted for each fold, and submitted", () =>
  inFolder(async (cwd) => {
    await makeCompetition(cwd);
    assertStringIncludes(await refused(cwd, "linear_probe", "c0.yml"), "deno task extract c0.yml");
    await run(cwd, "extract", "c0.yml", "--weights=data/net.safetensors", "--num_tta=2");
    for (const head of ["ridge", "logistic"]) await checkFrozen(cwd, head);
    await checkTrained(cwd);
  }));
