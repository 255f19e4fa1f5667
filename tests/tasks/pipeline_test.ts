import { assert, assertAlmostEquals, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { compareFindings } from "../../core/demo/compare_findings.ts";
import { pathExists } from "../../core/base/files.ts";
import { readPredictions } from "../../core/predictions/predictions.ts";
import { readCsv } from "../../core/formats/csv.ts";
import { ROOT, runInFolder } from "./_task_process.ts";

const CONFIG = join(ROOT, "configs", "resnet34.0.policy.yml");
const SMALL = ["--set", "train.num_epochs=2", "--set", "transform.params.size=64"];

/** Runs a task that must succeed and gives what it prints with --json. */
async function run(cwd: string, name: string, ...flags: string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await runInFolder(cwd, name, [...flags, "--json"]);
  assertEquals(code, 0, `${name} ${flags.join(" ")}\n${stderr}`);
  return JSON.parse(stdout);
}

/** Runs a task that must fail, without a stack, and gives what it says. */
async function fail(cwd: string, name: string, code: number, flags: readonly string[]): Promise<string> {
  const end = await runInFolder(cwd, name, flags);
  assertEquals(end.code, code, end.stderr);
  assertMatch(end.stderr, /^error: /m);
  assertMatch(end.stderr, /^next: /m);
  assert(!/^\s+at /m.test(end.stderr), end.stderr);
  return end.stderr;
}

async function prepare(cwd: string): Promise<void> {
  await run(cwd, "make_demo_data", "--out=data", "--train=48", "--external=12", "--test=12", "--size=40");
  await Deno.copyFile(join(ROOT, "data", "best_policy.data"), join(cwd, "data", "best_policy.data"));
  await run(cwd, "find_duplicate_images");
  await run(cwd, "stratified_split");
  await run(cwd, "find_data_leak");
  const { exactDuplicates, exactLeaks } = await compareFindings(join(cwd, "data"));
  assertEquals([exactDuplicates.found, exactLeaks.found], [exactDuplicates.planted, exactLeaks.planted]);
}

function predict(
  cwd: string,
  split: string,
  output: string,
  ...flags: string[]
): Promise<Record<string, unknown>> {
  const where = [`--split=${split}`, `--output=inferences/${output}`, "--num_tta=4"];
  return run(cwd, "inference", `--config=${CONFIG}`, ...SMALL, ...where, ...flags);
}

async function checkPredictions(cwd: string): Promise<void> {
  await predict(cwd, "test_val", "val.csv");
  await predict(cwd, "test", "test.csv");
  await predict(cwd, "test", "again.csv", "--set", "transform.num_preprocessor=1");
  const read = (name: string) => Deno.readFile(join(cwd, "inferences", name));
  assertEquals(await read("test.csv"), await read("again.csv"), "two runs, other workers, same bytes");
  const validation = await readPredictions(join(cwd, "inferences", "val.csv"), { classes: 28 });
  const split = await readCsv(join(cwd, "data", "split.stratified.0.csv"), {
    columns: ["Id", "Split"],
    next: "",
  });
  const ids = split.filter((row) => row.Split === "test_val").map((row) => row.Id).sort();
  assertEquals([...validation.ids], ids);
  assert(validation.labels !== null);
}

const SUBMISSION = `
test_val: [inferences/val.csv]
test: [inferences/test.csv]
leaks: [data/data_leak.ahash.csv, data/data_leak.phash.csv]
threshold: { rule: proportion }
`;

async function checkSubmission(cwd: string): Promise<void> {
  await Deno.writeTextFile(join(cwd, "submission.yml"), SUBMISSION);
  const { paths } = await run(cwd, "make_submission", "submission.yml") as unknown as { paths: string[] };
  assertEquals(paths, ["submissions/submission.csv", "submissions/submission.csv.leak.csv"]);
  const columns = { columns: ["Id", "Predicted"], next: "" } as const;
  const [plain, filled] = await Promise.all(paths.map((path) => readCsv(join(cwd, path), columns)));
  const sample = await readCsv(join(cwd, "data", "sample_submission.csv"), { columns: ["Id"], next: "" });
  assertEquals(plain!.map(({ Id }) => Id), sample.map(({ Id }) => Id));
  const known = new Map<string, string>();
  for (const hash of ["ahash", "phash"]) {
    const path = join(cwd, "data", `data_leak.${hash}.csv`);
    for (const { Id, Target } of await readCsv(path, { columns: ["Id", "Target"], next: "" })) {
      known.set(Id, Target);
    }
  }
  assert(known.size >= 2);
  for (const [row, { Id, Predicted }] of filled!.entries()) {
    assertEquals(Predicted, known.get(Id) ?? plain![row]!.Predicted);
  }
}

/** A run that exists is not overwritten by what cannot be used, and each mistake has its exit code. */
async function checkRefusals(cwd: string): Promise<void> {
  const checkpoints = join(cwd, "results", "resnet34.0.policy", "checkpoint");
  const base = [CONFIG, ...SMALL, "--output=inferences/refused.csv"];
  const other = await fail(cwd, "inference", 3, [...base, "--set", "model.name=resnet18"]);
  assertStringIncludes(other, "swa.2.001.safetensors");
  const whole = await Deno.readFile(join(checkpoints, "epoch_0001.safetensors"));
  await Deno.writeFile(join(checkpoints, "cut.safetensors"), whole.subarray(0, whole.length >> 1));
  assertStringIncludes(await fail(cwd, "inference", 3, [...base, "--checkpoint=cut"]), "cut.safetensors");
  assertStringIncludes(await fail(cwd, "inference", 3, [...base, "--checkpoint=swa.2.01"]), "swa.2.001");
  assertStringIncludes(await fail(cwd, "inference", 2, [...base, "--num_tta=3"]), "1, 2, 4, 8 or auto");
  assertStringIncludes(await fail(cwd, "inference", 2, [...base, "--split=tset"]), "tset");
  const nowhere = await fail(cwd, "inference", 3, [...base, "--set", "train.dir=./results/none"]);
  assertStringIncludes(nowhere, "there is no checkpoint");
  assertStringIncludes(await fail(cwd, "inference", 3, [...base, "--set", "data.dir=nodata"]), "nodata");
  assert(!(await pathExists(join(cwd, "inferences", "refused.csv"))));
}

/** Runs whose folders have the same last name, and a config that is named twice. */
async function checkNames(cwd: string): Promise<void> {
  const [run1, run2] = ["results/resnet34.0.policy", "results/other/resnet34.0.policy"];
  await Deno.mkdir(join(cwd, run2!, "checkpoint"), { recursive: true });
  for await (const { name } of Deno.readDir(join(cwd, run1!, "checkpoint"))) {
    await Deno.copyFile(join(cwd, run1!, "checkpoint", name), join(cwd, run2!, "checkpoint", name));
  }
  const flags = [CONFIG, ...SMALL, "--split=val"];
  const paths: string[] = [];
  for (const dir of [run1, run2]) {
    const [{ path }] = await run(cwd, "inference", ...flags, "--set", `train.dir=./${dir}`) as unknown as [
      { path: string },
    ];
    paths.push(path);
  }
  const expected = ["resnet34.0.policy.val.csv", "other/resnet34.0.policy.val.csv"];
  assertEquals(paths, expected.map((name) => join("inferences", name)));
  const texts = await Promise.all(paths.map((path) => Deno.readTextFile(join(cwd, path))));
  assertEquals(texts[0], texts[1]);
  assertStringIncludes(
    await fail(cwd, "inference", 2, [...flags, CONFIG]),
    "would replace those of the other",
  );
}

async function checkBrokenImages(cwd: string): Promise<void> {
  const rows = await readCsv(join(cwd, "data", "split.stratified.0.csv"), {
    columns: ["Id", "Split"],
    next: "",
  });
  const [first, second] = rows.filter(({ Id, Split }) => Split === "train" && Id.includes("-"));
  const image = (id: string) => join(cwd, "data", "rgby", "train", `${id}.png`);
  const base = [CONFIG, ...SMALL, "--set", "train.dir=./results/broken"];
  await Deno.writeTextFile(image(first!.Id), "no picture");
  assertStringIncludes(await fail(cwd, "train", 3, base), first!.Id);
  await Deno.remove(image(second!.Id));
  assertStringIncludes(await fail(cwd, "train", 3, base), second!.Id);
}

/** With `on_broken: skip` a test picture that is missing or cannot be read still gets its row. */
async function checkUnreadTest(cwd: string): Promise<void> {
  const sample = await readCsv(join(cwd, "data", "sample_submission.csv"), { columns: ["Id"], next: "" });
  await Deno.writeTextFile(join(cwd, "data", "rgby", "test", `${sample[0]!.Id}.png`), "no picture");
  const missing = sample[1]!.Id;
  await Deno.remove(join(cwd, "data", "rgby", "test", `${missing}.png`));
  const refused = await fail(cwd, "inference", 3, [CONFIG, ...SMALL]);
  assertStringIncludes(refused, missing);
  assertStringIncludes(refused, "set data.on_broken to skip");
  assert(!refused.includes("remove"), refused);
  await predict(cwd, "test", "filled.csv", "--set", "data.on_broken=skip", "--num_tta=1");
  const { ids, probabilities } = await readPredictions(join(cwd, "inferences", "filled.csv"), {
    classes: 28,
  });
  assertEquals([...ids], sample.map(({ Id }) => Id).sort());
  const rows = ids.map((_, row) => [...probabilities.subarray(28 * row, 28 * row + 28)]);
  const [first, second] = [sample[0]!.Id, missing].map((id) => rows[ids.indexOf(id)]!);
  assertEquals(first, second);
  const others = rows.filter((row) => row !== first && row !== second);
  const mean = others.map((row) => row[5]!).reduce((a, b) => a + b) / others.length;
  assertAlmostEquals(first![5]!, mean, 1e-6);
}

Deno.test("upstream's config goes from pictures to a submission on demo data", async (t) => {
  const cwd = await Deno.makeTempDir();
  try {
    await t.step("make data, find duplicates and leaks, split", () => prepare(cwd));
    await t.step("train resnet34.0.policy.yml and average", async () => {
      await run(cwd, "train", CONFIG, ...SMALL);
      await run(cwd, "swa", CONFIG, ...SMALL, "--num_checkpoint=2");
    });
    await t.step("predict", () => checkPredictions(cwd));
    await t.step("submit", () => checkSubmission(cwd));
    await t.step("refuse other checkpoints, flags and folders", () => checkRefusals(cwd));
    await t.step("predict runs of the same last name", () => checkNames(cwd));
    await t.step("predict past a broken test image", () => checkUnreadTest(cwd));
    await t.step("refuse missing and broken images", () => checkBrokenImages(cwd));
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
});
