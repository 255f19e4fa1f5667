import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { makeDemoData } from "../../core/demo/make_demo_data.ts";
import { readCsv } from "../../core/formats/csv.ts";
import { readPredictions } from "../../core/predictions/predictions.ts";
import { inFolder } from "../_in_folder.ts";
import { runInFolder, type TaskEnd } from "./_task_process.ts";

function foldConfig(fold: number): string {
  return `
data: { dir: data, params: { idx_fold: ${fold}, num_fold: 2 } }
model: { name: resnet18, params: { width: 4 } }
train: { dir: ./results/net.${fold}, batch_size: 16, num_epochs: 1 }
eval: { batch_size: 16 }
loss: { name: binary_focal_loss }
transform: { name: policy_transform, num_preprocessor: 1, params: { size: 32 } }
backend: wasm
`;
}

function submission(configs: string): string {
  return `data: { dir: data }\nmodels: [{ name: net, configs: [${configs}] }]\n`;
}

async function run(cwd: string, name: string, ...flags: string[]): Promise<TaskEnd> {
  const end = await runInFolder(cwd, name, flags);
  assertEquals(end.code, 0, `${name} ${flags.join(" ")}\n${end.stderr}`);
  return end;
}

/** Makes the submission, which must be refused as a data problem without a stack; gives what is said. */
async function refused(cwd: string, ...flags: string[]): Promise<string> {
  const { code, stderr } = await runInFolder(cwd, "make_submission", ["submission.yml", ...flags]);
  assertEquals(code, 3, stderr);
  assertMatch(stderr, /^next: /m);
  assertEquals(/^\s+at /m.test(stderr), false, stderr);
  return stderr;
}

/** Draws a competition, splits it into two folds and a test_val, and trains a network for each fold. */
async function trainFolds(cwd: string): Promise<void> {
  const size = { train: 48, external: 12, test: 12, size: 40, seed: 0 };
  await makeDemoData({ layout: "hpa", ...size, out: join(cwd, "data") });
  for (const fold of [0, 1]) await Deno.writeTextFile(join(cwd, `c${fold}.yml`), foldConfig(fold));
  await Deno.writeTextFile(join(cwd, "submission.yml"), submission("c0.yml, c1.yml"));
  await run(cwd, "find_duplicate_images");
  await run(cwd, "stratified_split", "--folds=5");
  await run(cwd, "train", "c0.yml", "c1.yml", "--set=data.on_broken=skip");
}

function predict(cwd: string, split: string, ...configs: string[]): Promise<TaskEnd> {
  return run(cwd, "inference", ...configs, `--split=${split}`, "--num_tta=1", "--set=data.on_broken=skip");
}

async function idsOf(cwd: string, fold: number, ...parts: string[]): Promise<string[]> {
  const path = join(cwd, "data", `split.stratified.${fold}.csv`);
  const rows = await readCsv(path, { columns: ["Id", "Split"], next: "" });
  return rows.filter((row) => parts.includes(row.Split)).map((row) => row.Id).sort();
}

/** The files beside the predictions tell the split file of the fold, and nothing is lost on the way from its checkpoint. */
async function checkRecords(cwd: string): Promise<void> {
  for (const fold of [0, 1]) {
    const path = join("data", `split.stratified.${fold}.csv`);
    const digest = await crypto.subtle.digest("SHA-256", await Deno.readFile(join(cwd, path)));
    const record = JSON.parse(await Deno.readTextFile(join(cwd, "inferences", `net.${fold}.val.csv.json`)));
    assertEquals(record.split_file, { path, sha256: new Uint8Array(digest).toHex(), trained: "train" });
    assertMatch(record.podium, /^\d+\.\d+\.\d+$/);
  }
}

async function checkSubmission(cwd: string): Promise<void> {
  const end = await run(cwd, "make_submission", "submission.yml", "--json");
  const { outOfFold, validation, nested } = JSON.parse(end.stdout);
  assertEquals([nested.metric, nested.models.map(({ name }: { name: string }) => name)], ["macro F1", [
    "net",
  ]]);
  assertEquals(nested.rule, "single");
  const beside = JSON.parse(await Deno.readTextFile(join(cwd, "submissions", "submission.csv.json")));
  assertEquals(beside.validation.score, nested.chosen.score);
  assertEquals(beside.validation.interval, nested.chosen.interval);
  const labelled = await idsOf(cwd, 0, "train", "val");
  assertEquals([outOfFold.folds, outOfFold.testVal, outOfFold.note], [2, 0, null]);
  assertEquals(outOfFold.images + outOfFold.leftOut.length, labelled.length);
  assertEquals(typeof validation.score, "number");
  const answers = await readCsv(join(cwd, "submissions", "submission.csv"), { columns: ["Id"], next: "" });
  const sample = await readCsv(join(cwd, "data", "sample_submission.csv"), { columns: ["Id"], next: "" });
  assertEquals(answers, sample);
}

/** Without predictions of each fold they are left out, and that is said. */
async function checkTestVal(cwd: string): Promise<void> {
  const submit = async () =>
    JSON.parse((await run(cwd, "make_submission", "submission.yml", "--json")).stdout).outOfFold;
  const before = await submit();
  await predict(cwd, "test_val", "c0.yml");
  assertStringIncludes((await submit()).note, 'there is no "inferences/net.1.test_val.csv"');
  await predict(cwd, "test_val", "c1.yml");
  const after = await submit(), unseen = (await idsOf(cwd, 0, "test_val")).length;
  assertEquals(after.images, before.images + after.testVal);
  assertEquals(after.testVal <= unseen && after.testVal > 0, true);
}

async function checkLeaks(cwd: string): Promise<void> {
  const val = join(cwd, "inferences", "net.1.val.csv");
  const { ids } = await readPredictions(val, { classes: 28 });
  const other = (await Array.fromAsync(Deno.readDir(join(cwd, "results", "net.0", "checkpoint"))))
    .find(({ name }) => name.startsWith("best_"))!.name;
  const checkpoint = `--checkpoint=results/net.0/checkpoint/${other}`;
  await run(
    cwd,
    "inference",
    "c1.yml",
    "--split=val",
    "--num_tta=1",
    "--set=data.on_broken=skip",
    checkpoint,
  );
  const wrong = await refused(cwd);
  assertStringIncludes(wrong, `its model was trained on ${ids.length} of its ${ids.length} images`);
  assertStringIncludes(wrong, `"${ids[0]}"`);
  await predict(cwd, "val", "c1.yml");

  await Deno.writeTextFile(join(cwd, "submission.yml"), submission("c0.yml, c1.yml, c1.yml"));
  assertStringIncludes(await refused(cwd), `${ids.length} Ids are there twice: "${ids[0]}"`);
  await Deno.writeTextFile(join(cwd, "submission.yml"), submission("c0.yml"));
  const missing = await refused(cwd);
  assertStringIncludes(missing, "a fold is missing");
  assertStringIncludes(missing, `"${ids[0]}"`);
  await Deno.writeTextFile(join(cwd, "submission.yml"), submission("c0.yml, c1.yml"));

  const path = join(cwd, "data", "split.stratified.1.csv"), split = await Deno.readTextFile(path);
  const row = new RegExp(`^(${ids[2]},.*),val$`, "m");
  assertMatch(split, row);
  await Deno.writeTextFile(path, split.replace(row, "$1,train"));
  const changed = await refused(cwd);
  assertStringIncludes(changed, '"data/split.stratified.1.csv" has changed since its model was trained');
  assertStringIncludes(changed, `"${ids[2]}"`);
  await Deno.writeTextFile(path, split);
  await run(cwd, "make_submission", "submission.yml");
}

Deno.test("two folds are trained, predicted in one call, and joined out of fold; leaks are refused", () =>
  inFolder(async (cwd) => {
    await trainFolds(cwd);
    for (const split of ["val", "test"]) await predict(cwd, split, "c0.yml", "c1.yml");
    await checkRecords(cwd);
    await checkSubmission(cwd);
    await checkTestVal(cwd);
    await checkLeaks(cwd);
    const both = ["--set", "test_val=[a.csv]"];
    const { code, stderr } = await runInFolder(cwd, "make_submission", ["submission.yml", ...both]);
    assertEquals([code, stderr.includes("models: not together with test_val and test")], [2, true], stderr);
  }));
