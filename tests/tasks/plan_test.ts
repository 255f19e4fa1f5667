import { assert, assertEquals, assertMatch, assertNotEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { pathExists } from "../../core/base/files.ts";
import type { Unit } from "../../core/units/unit.ts";
import { makePlannedCompetition, mustRun, planIn } from "./_planned_competition.ts";
import { runInFolder } from "./_task_process.ts";

let folder = "";

function countKinds(units: readonly Unit[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { kind } of units) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

/** Titles of the units that the unit of a title needs. */
function needsOf(units: readonly Unit[], title: string): string[] {
  const titles = new Map(units.map((unit) => [unit.id, unit.title]));
  return units.find((unit) => unit.title === title)!.needs.map((id) => titles.get(id)!);
}

const ids = (units: readonly Unit[]) => units.map(({ id }) => id);

describe("deno task plan", () => {
  beforeAll(async () => {
    folder = await Deno.makeTempDir();
    await makePlannedCompetition(folder);
  });
  afterAll(() => Deno.remove(folder, { recursive: true }));

  const FLAGS = ["search.yml", "net.yml", "--folds=0-4", "--swa=2", "--inference_parts=3", "--hash_parts=2"];

  it("cuts five folds, a search, hashes and predictions into units, each after what it needs", async () => {
    const units = await planIn(folder, ...FLAGS, "--submission=submission.yml", "--report=results/report");
    assertEquals(countKinds(units), {
      hash: 2,
      find_duplicate_images: 1,
      find_data_leak: 1,
      search_trial: 2,
      // No policy, TrivialAugment and the best trial, each with one seed.
      search_confirmation: 3,
      search: 1,
      train: 5,
      swa: 5,
      inference: 30,
      join_inference: 10,
      make_submission: 1,
      report: 1,
    });
    assertEquals(needsOf(units, "train results/net.3"), ["search results/search"]);
    assertEquals(needsOf(units, "swa results/net.3"), ["train results/net.3", "search results/search"]);
    assertEquals(
      needsOf(units, "inference net.3.test.csv"),
      [1, 2, 3].map((part) => `inference net.3.test.csv, part ${part} of 3`),
    );
    assertEquals(needsOf(units, "make_submission submissions/submission.csv"), [
      "inference net.0.test_val.csv",
      "inference net.1.test_val.csv",
      "inference net.0.test.csv",
      "inference net.1.test.csv",
      "find_data_leak data",
    ]);
    const inputs = units.find(({ title }) => title === "train results/net.3")!.inputs;
    assertEquals(inputs.map(({ path }) => path), ["data/split.stratified.3.csv"]);
  });

  it("names units alike every time, and otherwise where a file or a key that they depend on has changed", async () => {
    const first = await planIn(folder, ...FLAGS), again = await planIn(folder, ...FLAGS);
    assertEquals(ids(again), ids(first));
    const changed = async (flag: string) => {
      const units = await planIn(folder, ...FLAGS, flag);
      return units.filter(({ id }) => !ids(first).includes(id)).map(({ kind }) => kind);
    };
    const kinds = await changed("--swa=3");
    assertEquals(new Set(kinds), new Set(["swa", "inference", "join_inference"]));
    assertEquals((await changed("--set=seed=7")).length, first.length - 4, "all but hashes");
    const path = join(folder, "data", "split.stratified.2.csv"), rows = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, rows.replace(",train\n", ",val\n"));
    const otherSplit = await planIn(folder, ...FLAGS);
    await Deno.writeTextFile(path, rows);
    const moved = otherSplit.filter(({ id }) => !ids(first).includes(id)).map(({ title }) => title);
    assert(moved.length > 0 && moved.every((title) => title.includes("net.2")), moved.join("; "));
    await Deno.writeTextFile(
      join(folder, "net.yml"),
      `# a comment\n${await Deno.readTextFile(join(folder, "net.yml"))}`,
    );
    assertEquals(ids(await planIn(folder, ...FLAGS)), ids(first));
  });

  it("gives seeds folders of their own", async () => {
    const units = await planIn(folder, "net.yml", "--folds=1", "--seeds=3,5-6", "--swa=0", "--splits=");
    assertEquals(units.map(({ title }) => title), [3, 5, 6].map((seed) => `train results/net.1.seed${seed}`));
    const [one, other] = units.map(({ task }) => (task.config as { seed: number }).seed);
    assertNotEquals(one, other);
  });

  it("keeps together what depends on each other, and says so", async () => {
    const flags = ["search.yml", "--set=search.method=halving"];
    const { stdout } = await mustRun(folder, "plan", ...flags);
    assertStringIncludes(stdout, "search results/search is one unit: by halving");
    assertEquals(countKinds(await planIn(folder, ...flags)), { search: 1 });
    const auto = ["net.yml", "--num_tta=auto", "--inference_parts=4", "--splits=test", "--swa=0"];
    assertStringIncludes((await mustRun(folder, "plan", ...auto)).stdout, "inference is not cut");
    assertEquals(countKinds(await planIn(folder, ...auto)), { train: 1, inference: 1 });
  });

  it("estimates units with --dry-run and writes nothing", async () => {
    await Deno.remove(join(folder, "results"), { recursive: true });
    const { stdout } = await mustRun(folder, "plan", ...FLAGS, "--dry-run");
    assertMatch(stdout, /train results\/net\.4 +\d+ +\d.* s +\d+\.\d\d GiB/);
    assertStringIncludes(stdout, "all together");
    assert(!(await pathExists(join(folder, "results"))));
  });

  it("refuses folds that are not there, and configs of one folder", async () => {
    const ends: readonly [code: number, text: string, ...flags: string[]][] = [
      [2, '--folds "4-1"', "net.yml", "--folds=4-1"],
      [2, "folds are 0 to 4", "net.yml", "--folds=5"],
      [2, '"vall" is no split', "net.yml", "--splits=vall"],
      [2, "is what", "net.yml", "search.yml", "--set=train.dir=results/one", "--set=train.num_epochs=2"],
      [2, "there is nothing to do"],
    ];
    for (const [code, text, ...flags] of ends) {
      const end = await runInFolder(folder, "plan", flags);
      assertEquals(end.code, code, end.stderr);
      assertStringIncludes(end.stderr, text);
    }
    await Deno.remove(join(folder, "data", "split.stratified.4.csv"));
    const { code, stderr } = await runInFolder(folder, "plan", ["net.yml", "--folds=0-4"]);
    assertEquals(code, 3);
    assertStringIncludes(stderr, "split.stratified.4.csv");
  });
});
