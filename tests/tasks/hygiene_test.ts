import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { describe, it } from "@std/testing/bdd";
import { parse } from "@std/csv";
import { runTask } from "../../core/cli/task.ts";
import { type DemoOptions, makeDemoData, type Planted } from "../../core/demo/make_demo_data.ts";
import { parseIds } from "../../core/duplicates/id_list.ts";
import { task as findDataLeak } from "../../tasks/find_data_leak.ts";
import { task as findDuplicateImages } from "../../tasks/find_duplicate_images.ts";
import { task as stratifiedSplit } from "../../tasks/stratified_split.ts";

const SMALL: Omit<DemoOptions, "out" | "layout"> = { train: 90, external: 60, test: 40, size: 64, seed: 3 };

async function newDemo(layout: DemoOptions["layout"], size: Partial<DemoOptions> = {}) {
  const dir = await Deno.makeTempDir();
  const planted = await makeDemoData({ ...SMALL, ...size, layout, out: dir });
  return { dir, planted };
}

async function readRows(dir: string, name: string): Promise<Record<string, string>[]> {
  const [header, ...rows] = parse(await Deno.readTextFile(join(dir, name)));
  return rows.map((row) => Object.fromEntries(header!.map((column, place) => [column, row[place]!])));
}

function pairsOf(planted: readonly { readonly ids: readonly string[] }[]): string[] {
  return planted.map(({ ids }) => [...ids].sort().join(" + ")).sort();
}

function pairsWithin(ids: readonly string[]): string[] {
  const sorted = [...ids].sort();
  return sorted.flatMap((a, place) => sorted.slice(place + 1).map((b) => `${a} + ${b}`));
}

async function duplicatePairs(dir: string, hash: string): Promise<string[]> {
  const rows = await readRows(dir, `duplicates.${hash}.csv`);
  return rows.flatMap((row) => pairsWithin(parseIds(row.Ids!))).sort();
}

function duplicatesOf({ exact_duplicates, near_duplicates, conflicting_labels }: Planted): string[] {
  return pairsOf([...exact_duplicates, ...near_duplicates, ...conflicting_labels]);
}

for (const layout of ["hpa", "ai_stage"] as const) {
  describe(`planted pairs of ${layout}`, () => {
    it("are all found at radius 4, and no other; the conflict is told", async () => {
      const { dir, planted } = await newDemo(layout, layout === "ai_stage" ? { train: 14 } : {});
      const flags = [`--data_dir=${dir}`, "--quiet", "--radius=4"];
      assertEquals(await runTask(findDuplicateImages, flags), 0);
      assertEquals(await runTask(findDataLeak, flags), 0);
      for (const hash of ["ahash", "phash"]) {
        assertEquals(await duplicatePairs(dir, hash), duplicatesOf(planted), hash);
        const leaked = (await readRows(dir, `data_leak.${hash}.csv`)).map((row) => row.Id!).sort();
        const tests = [...planted.exact_leaks, ...planted.near_leaks].map(({ ids }) => ids[1]);
        assertEquals(leaked, tests.sort(), hash);
      }
      const report = JSON.parse(await Deno.readTextFile(join(dir, "duplicates.report.json")));
      type Group = { conflict: boolean; members: { id: string }[] };
      const conflicts = (report.groups.phash as Group[]).filter((group) => group.conflict)
        .map((group) => ({ ids: group.members.map(({ id }) => id) }));
      assertEquals(pairsOf(conflicts), pairsOf(planted.conflicting_labels));
      assertEquals(report.broken.length, 2);
    });
  });
}

async function foldsOf(dir: string, prefix: string): Promise<Map<string, string>[]> {
  return await Promise.all([0, 1, 2, 3, 4].map(async (index) => {
    const rows = await readRows(dir, `${prefix}.${index}.csv`);
    return new Map(rows.map((row) => [row.Id!, row.Split!]));
  }));
}

describe("the split of a demo", () => {
  it("keeps duplicates together, uses every readable image once, and has one test_val", async () => {
    const { dir, planted } = await newDemo("hpa");
    const flags = [`--data_dir=${dir}`, "--quiet"];
    assertEquals(await runTask(findDuplicateImages, [...flags, "--radius=4", "--no-gallery"]), 0);
    assertEquals(await runTask(stratifiedSplit, flags), 0);
    assertEquals(await runTask(stratifiedSplit, [...flags, "--use_external=0"]), 0);
    const splits = await foldsOf(dir, "split.stratified");
    for (const split of splits) {
      assertEquals(split.size, 150 - 2);
      for (const pair of duplicatesOf(planted)) {
        const [a, b] = pair.split(" + ").map((id) => split.get(id));
        assertEquals(a, b, pair);
      }
    }
    for (const id of splits[0]!.keys()) {
      const words = splits.map((split) => split.get(id)!);
      const all = words.every((word) => word === "test_val");
      assert(all || words.filter((word) => word === "val").length === 1, `${id}: ${words}`);
    }
    const small = await readRows(dir, "split.stratified.small.0.csv");
    assertEquals(small.length, 90 - 2);
  });

  it("keeps people together in ai_stage and is the package's on request", async () => {
    const { dir } = await newDemo("ai_stage", { train: 30, test: 20 });
    const flags = [`--data_dir=${dir}`, "--quiet"];
    assertEquals(await runTask(findDuplicateImages, [...flags, "--no-gallery"]), 0);
    for (const compat of ["none", "iterstrat"]) {
      assertEquals(await runTask(stratifiedSplit, [...flags, `--compat=${compat}`, "--folds=5"]), 0);
      const rows = await readRows(dir, "split.stratified.0.csv");
      const people = new Map<string, string>();
      for (const { Id, Split } of rows) {
        const person = Id!.split("/")[0]!;
        assertEquals(people.get(person) ?? Split, Split, Id);
        people.set(person, Split!);
      }
    }
  });

  it("gives the same bytes when it is run again", async () => {
    const { dir } = await newDemo("hpa");
    const files = ["duplicates.phash.csv", "duplicates.report.json", "split.stratified.0.csv"];
    const run = async () => {
      await runTask(findDuplicateImages, [`--data_dir=${dir}`, "--quiet", "--no-gallery"]);
      await runTask(stratifiedSplit, [`--data_dir=${dir}`, "--quiet"]);
      return await Promise.all(files.map((name) => Deno.readTextFile(join(dir, name))));
    };
    assertEquals(await run(), await run());
  });

  it("finds val images that are in train when a split leaks", async () => {
    const { dir, planted } = await newDemo("hpa");
    const [a, b] = planted.exact_duplicates[0]!.ids;
    const path = join(dir, "leaky.csv");
    await Deno.writeTextFile(path, `Id,Target,Split\n${a},0,train\n${b},0,val\n`);
    assertEquals(await runTask(findDataLeak, [`--data_dir=${dir}`, `--split=${path}`, "--quiet"]), 0);
    const rows = await readRows(dir, "leak_inside.leaky.phash.csv");
    assertEquals(rows.map(({ Id, Train }) => [Id, Train]), [[b, a]]);
    assertStringIncludes(await Deno.readTextFile(join(dir, "leak_inside.leaky.report.html")), "<img");
  });
});

describe("shards of a demo", () => {
  it("joined give the files of one run", async () => {
    const { dir } = await newDemo("hpa");
    const flags = [`--data_dir=${dir}`, "--quiet", "--no-gallery", "--radius=4"];
    const files = [
      "duplicates.ahash.csv",
      "duplicates.phash.csv",
      "data_leak.ahash.csv",
      "data_leak.phash.csv",
    ];
    const read = () => Promise.all(files.map((name) => Deno.readTextFile(join(dir, name))));
    const both = async (flag: string) => [
      await runTask(findDuplicateImages, [...flags, flag]),
      await runTask(findDataLeak, [...flags, flag]),
    ];
    assertEquals(await both("--no-cache"), [0, 0]);
    const whole = await read();
    for (const name of files) await Deno.remove(join(dir, name));
    for (const shard of ["1/2", "2/2"]) {
      assertEquals(await runTask(findDuplicateImages, [...flags, `--shard=${shard}`]), 0);
    }
    assertEquals(await both("--merge"), [0, 0]);
    assertEquals(await read(), whole);
  });
});
