import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { readCsv } from "../../core/formats/csv.ts";
import { makeSmallCompetition, smallConfig } from "./_small_competition.ts";
import { runInFolder, type TaskEnd } from "./_task_process.ts";

let cwd = "";

/** Ids of a part of the small competition's first split. */
async function idsOf(split: string): Promise<string[]> {
  const path = join(cwd, "data", "split.stratified.0.csv");
  const rows = await readCsv(path, { columns: ["Id", "Split"], next: "" });
  return rows.filter((row) => row.Split === split).map(({ Id }) => Id);
}

function train(...flags: string[]): Promise<TaskEnd> {
  return runInFolder(cwd, "train", ["small.yml", ...flags]);
}

async function exclude(name: string, ids: readonly string[]): Promise<string> {
  const path = `data/${name}.csv`;
  await Deno.writeTextFile(join(cwd, path), ["Id", ...ids].join("\n") + "\n");
  return `--set=data.exclude=${path}`;
}

/** How many images a config trains and validates on. */
async function planned(...flags: string[]): Promise<Record<string, number>> {
  const { code, stdout, stderr } = await train("--dry-run", "--json", ...flags);
  assertEquals(code, 0, stderr);
  const [{ plan }] = JSON.parse(stdout) as [{ plan: { examples: Record<string, number> } }];
  return plan.examples;
}

describe("data.exclude", () => {
  beforeAll(async () => {
    cwd = await Deno.makeTempDir();
    await makeSmallCompetition(cwd, smallConfig(0));
  });
  afterAll(() => Deno.remove(cwd, { recursive: true }));

  it("leaves rows out of the train split, and validation as it is", async () => {
    const [trained, val] = [await idsOf("train"), await idsOf("val")], before = await planned();
    const flag = await exclude("some", [...trained.slice(0, 5), val[0]!]);
    assertEquals(await planned(flag), { ...before, train: before["train"]! - 5 });
    const { stderr, stdout } = await train("--dry-run", flag);
    const told = `data.exclude "data/some.csv" leaves out 5 of ${before["train"]} images of train`;
    assertStringIncludes(stdout + stderr, told);
  });

  it("ends with 3 where an Id is unknown, and where nothing is left", async () => {
    const [first] = await idsOf("train");
    const unknown = await train("--dry-run", await exclude("unknown", [`${first}x`]));
    assertEquals(unknown.code, 3);
    assertStringIncludes(unknown.stderr, `"${first}x" (did you mean "${first}"?)`);
    const all = await train("--dry-run", await exclude("all", await idsOf("train")));
    assertEquals(all.code, 3);
    assertStringIncludes(all.stderr, "leaves out all");
    assertEquals((await train("--dry-run", "--set=data.exclude=data/none.csv")).code, 3);
  });

  it("is told as a changed config when a run goes on", async () => {
    assertEquals((await train("--set=train.num_epochs=1")).code, 0);
    const { code, stderr } = await train(await exclude("later", (await idsOf("train")).slice(0, 3)));
    assertEquals(code, 0, stderr);
    assertStringIncludes(stderr, 'data.exclude: the default in the checkpoint, "data/later.csv" now');
  });
});
