import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { basename, join } from "@std/path";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { ROOT, runInFolder } from "./_task_process.ts";

const CONFIG = join(ROOT, "configs", "demo", "resnet18.yml");
const SMALL = ["--size=24", "--train=30", "--external=8", "--test=6"];
let project = "", outside = "";

/** Tasks with flags that make them write somewhere else, and what they call that place. */
function writing(): readonly [task: string, flags: readonly string[], name: string][] {
  const data = `--data_dir=${outside}`, file = join(outside, "own.csv");
  return [
    ["make_demo_data", [`--out=${outside}`], "the folder"],
    ["find_duplicate_images", [data], "the data folder"],
    ["find_duplicate_images", [data, "--shard=1/2"], "the data folder"],
    ["find_data_leak", [data], "the data folder"],
    ["stratified_split", [data], "the data folder"],
    ["cache_images", [CONFIG, `--out=${outside}`], "the cache folder"],
    ["preview_augmentations", [CONFIG, `--out=${outside}`], "the preview folder"],
    ["search", [CONFIG, `--set=train.dir=${outside}`], "train.dir"],
    ["find_lr", [CONFIG, `--set=train.dir=${outside}`], "train.dir"],
    ["train", [CONFIG, `--set=train.dir=${outside}`], "train.dir"],
    ["train", [CONFIG, `--set=train.dir=${outside}`, "--dry_run"], "train.dir"],
    ["swa", [CONFIG, `--set=train.dir=${outside}`], "train.dir"],
    ["inference", [CONFIG, `--output=${file}`], "the folder of the predictions"],
    [
      "make_submission",
      [`--set=output=${file}`, join(ROOT, "configs/submission.yml")],
      "the folder of the submission",
    ],
    ["export_weights", [CONFIG, `--output=${outside}`], "the export folder"],
  ];
}

/** Tasks with flags that make them read somewhere else. */
function reading(): readonly [task: string, flags: readonly string[], path: string][] {
  const file = join(outside, "own.yml"), weights = join(outside, "own.safetensors");
  return [
    ["train", [file], file],
    ["train", [CONFIG, `--set=data.dir=${outside}`], outside],
    ["preview_augmentations", [CONFIG, `--set=data.dir=${outside}`], outside],
    ["make_submission", [file], file],
    ["inference", [CONFIG, `--checkpoint=${weights}`], weights],
  ];
}

describe("paths outside the project", () => {
  beforeAll(async () => {
    [project, outside] = [await Deno.makeTempDir(), await Deno.makeTempDir()];
    await Deno.writeTextFile(join(outside, "own.yml"), "");
  });
  afterAll(async () => {
    for (const folder of [project, outside]) await Deno.remove(folder, { recursive: true });
  });

  it("are refused as outputs before any work, with the way out", async () => {
    for (const [task, flags, name] of writing()) {
      const { code, stdout, stderr } = await runInFolder(project, task, flags);
      assertEquals([code, stdout], [2, ""], `${task}: ${stderr}`);
      assertStringIncludes(stderr, `error: Cannot write to ${name} "${outside}": only `, task);
      assertStringIncludes(stderr, `ln -s "${outside}" "`, task);
    }
    assertEquals((await Array.fromAsync(Deno.readDir(outside))).length, 1);
  });

  it("are refused as inputs, with the way out", async () => {
    for (const [task, flags, path] of reading()) {
      const { code, stderr } = await runInFolder(project, task, flags);
      assertEquals(code, 2, `${task}: ${stderr}`);
      assertStringIncludes(
        stderr,
        `error: Cannot read "${path}": tasks read what is in the project's folder only`,
      );
      assertStringIncludes(stderr, `ln -s "${path}" "data/${basename(path)}"`);
    }
  });

  it("are reached by a link, as the message says", async () => {
    await Deno.mkdir(join(project, "data"));
    await Deno.symlink(outside, join(project, "data", "far"));
    await Deno.remove(join(outside, "own.yml"));
    const steps: readonly [string, ...string[]][] = [
      ["make_demo_data", "--out=data/far", ...SMALL],
      ["find_duplicate_images", "--data_dir=data/far"],
      ["stratified_split", "--data_dir=data/far"],
      ["cache_images", CONFIG, "--set=data.dir=data/far"],
    ];
    for (const [task, ...flags] of steps) {
      const { code, stderr } = await runInFolder(project, task, flags);
      assertEquals(code, 0, `${task}: ${stderr}`);
    }
    const names = (await Array.fromAsync(Deno.readDir(outside))).map(({ name }) => name);
    for (const name of ["duplicates.phash.csv", "split.stratified.0.csv", "cache"]) {
      assert(names.includes(name));
    }
  });
});
