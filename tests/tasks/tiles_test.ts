import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { makeSmallCompetition, smallConfig } from "./_small_competition.ts";
import { ROOT, runInFolder } from "./_task_process.ts";

const TILES = "transform={name: tiles, num_preprocessor: 1, " +
  "params: {size: 32, tile: 24, grid: [2, 2], operations: [[HorizontalFlip, {}]]}}";
const FLAGS = ["small.yml", "--set", TILES, "--set", "train.num_epochs=1"];
let folder = "";

async function run(name: string, flags: readonly string[]) {
  const { code, stdout, stderr } = await runInFolder(folder, name, flags);
  assertEquals(code, 0, `${name}: ${stderr}`);
  return flags.includes("--json") ? JSON.parse(stdout) : stderr;
}

describe("tasks with tiles", () => {
  beforeAll(async () => {
    folder = await Deno.makeTempDir();
    await makeSmallCompetition(folder, smallConfig(0));
  });
  afterAll(() => Deno.remove(folder, { recursive: true }));

  it("train on one of an image, validate on all, predict and average", async () => {
    await run("train", FLAGS);
    const history = await Deno.readTextFile(join(folder, "results", "small", "history.jsonl"));
    const { val } = JSON.parse(history.trim().split("\n").at(-1)!);
    assert(val.loss > 0 && val.macro_f1 >= 0);
    await run("swa", [...FLAGS, "--num_checkpoint=1"]);
    // Training showed flips to the left, so each tile is seen twice without a word.
    const end = await run("inference", [...FLAGS, "--split=test_val", "--json"]);
    assertEquals(end[0].views / end[0].images, 8);
    await run("preview_augmentations", [...FLAGS, "--images=2", "--samples=1"]);
  });

  it("refuse a transform that gives several views in training", async () => {
    const source = await Deno.readTextFile(join(ROOT, "tests", "fixtures", "plugins", "two_views.ts"));
    await Deno.writeTextFile(
      join(folder, "two_views.ts"),
      source.replaceAll("../../../core", `${ROOT}/core`),
    );
    const own = ["--set", "transform={name: two_views}", "--set", "plugins=[two_views.ts]", "--fresh"];
    const { code, stderr } = await runInFolder(folder, "train", ["small.yml", ...own]);
    assertEquals(code, 2, stderr);
    assertStringIncludes(stderr, 'the transform "two_views": it gives 2 views of each image in training');
  });
});
