import { assertEquals, assertStringIncludes } from "@std/assert";
import { parse } from "@std/csv";
import { join } from "@std/path";
import { describe, it } from "@std/testing/bdd";
import { pathExists } from "../../core/base/files.ts";
import { encodePng } from "../../core/image/encode.ts";
import { csvText } from "../../core/formats/csv.ts";
import { drawPicture } from "../core/scan/_pictures.ts";
import { runInFolder } from "./_task_process.ts";

/** Runs a task as its user does. */
async function runTask(name: string, cwd: string, flags: readonly string[] = []) {
  const { code, stdout, stderr } = await runInFolder(cwd, name, flags);
  return { code, said: stdout + stderr };
}

type Row = readonly [id: string, target: string];

/** A folder with data/train.csv and data/train/<id>.png, in the csv_folder layout; picture numbers by row. */
async function newData(rows: readonly Row[], numbers: readonly number[]): Promise<string> {
  const cwd = await Deno.makeTempDir();
  await Deno.mkdir(join(cwd, "data", "train"), { recursive: true });
  await Deno.writeTextFile(join(cwd, "data", "train.csv"), csvText(["Id", "Target"], rows));
  for (const [place, [id]] of rows.entries()) {
    const png = await encodePng(drawPicture(numbers[place]!));
    await Deno.writeFile(join(cwd, "data", "train", `${id}.png`), png);
  }
  return cwd;
}

async function readTable(cwd: string, name: string): Promise<string[][]> {
  return parse(await Deno.readTextFile(join(cwd, "data", name)));
}

const ODD_IDS = ["a b", "c,d", 'quote"s', "ünïcödé 図", "100%", "%20"];

describe("odd ids", () => {
  it("with spaces, quotes, commas, percent signs and unicode go through find and split", async () => {
    const rows = [...ODD_IDS, ...ODD_IDS.map((id) => `${id} copy`)].map((id): Row => [id, "0"]);
    const cwd = await newData(rows, [1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6]);
    assertEquals((await runTask("find_duplicate_images", cwd, ["--layout=csv_folder"])).code, 0);
    const groups = await readTable(cwd, "duplicates.phash.csv");
    assertEquals(groups.length, 1 + ODD_IDS.length);
    assertEquals((await runTask("stratified_split", cwd, ["--layout=csv_folder", "--folds=3"])).code, 0);
    const split = await readTable(cwd, "split.stratified.0.csv");
    assertEquals(split.slice(1).map(([id]) => id).sort(), rows.map(([id]) => id).sort());
    const places = new Map(split.map(([id, , place]) => [id, place]));
    for (const id of ODD_IDS) assertEquals(places.get(id), places.get(`${id} copy`), id);
  });

  it("that are there twice end with exit code 3 and name the file", async () => {
    const cwd = await newData([["a", "0"], ["b", "1"], ["a", "1"]], [1, 2, 1]);
    const { code, said } = await runTask("find_duplicate_images", cwd, ["--layout=csv_folder"]);
    assertEquals(code, 3);
    assertStringIncludes(said, '"a" is there twice');
    assertStringIncludes(said, "train.csv");
    assertEquals(await pathExists(join(cwd, "data", "duplicates.phash.csv")), false);
  });
});

describe("labels that disagree", () => {
  const rows: Row[] = [["a", "0"], ["b", "1"], ["c", "1"], ["d", "2"], ["e", "2"], ["f", "0"]];
  const numbers = [1, 1, 1, 2, 3, 4];
  const expected: Record<string, string[]> = {
    majority: ["1", "1", "1"],
    train_wins: ["1", "1", "1"],
    union: ["0 1", "0 1", "0 1"],
    keep_own: ["0", "1", "1"],
  };
  for (const [policy, targets] of Object.entries(expected)) {
    it(`follow ${policy} and are reported`, async () => {
      const cwd = await newData(rows, numbers);
      const flags = ["--layout=csv_folder", `--conflict=${policy}`];
      const { said } = await runTask("find_duplicate_images", cwd, [...flags, "--no-gallery"]);
      assertStringIncludes(said, "groups by phash whose labels disagree: 1");
      assertStringIncludes(said, "train/a [0], train/b [1], train/c [1]");
      const split = await runTask("stratified_split", cwd, [...flags, "--folds=3"]);
      assertStringIncludes(split.said, "1 groups of duplicates had labels that disagree");
      assertStringIncludes(split.said, "have fewer images than folds");
      const table = await readTable(cwd, "split.stratified.0.csv");
      assertEquals(table.slice(1, 4).map(([, target]) => target), targets);
    });
  }
});

describe("what a task refuses", () => {
  it("a data folder that is not there, and one without images", async () => {
    const cwd = await Deno.makeTempDir();
    const missing = await runTask("find_duplicate_images", cwd);
    assertEquals(missing.code, 3);
    assertStringIncludes(missing.said, '"data"');
    const empty = await newData([["a", "0"]], [1]);
    await Deno.remove(join(empty, "data", "train", "a.png"));
    const { code, said } = await runTask("find_duplicate_images", empty, ["--layout=csv_folder"]);
    assertEquals(code, 3);
    assertStringIncludes(said, "finds no image there");
    assertStringIncludes(said, "next: ");
  });

  it("a split before duplicates were looked for, or after the labels changed", async () => {
    const cwd = await newData([["a", "0"], ["b", "1"], ["c", "1"]], [1, 2, 3]);
    const flags = ["--layout=csv_folder", "--folds=3"];
    const before = await runTask("stratified_split", cwd, flags);
    assertEquals(before.code, 3);
    assertStringIncludes(before.said, "find_duplicate_images");
    await runTask("find_duplicate_images", cwd, ["--layout=csv_folder"]);
    await Deno.writeTextFile(
      join(cwd, "data", "train.csv"),
      csvText(["Id", "Target"], [["a", "0"], ["b", "1"]]),
    );
    const after = await runTask("stratified_split", cwd, flags);
    assertEquals(after.code, 3);
    assertStringIncludes(after.said, '"c", which has no labels');
    assertEquals(await pathExists(join(cwd, "data", "split.stratified.0.csv")), false);
  });

  it("a duplicates file without its columns", async () => {
    const cwd = await newData([["a", "0"], ["b", "1"], ["c", "1"]], [1, 2, 3]);
    await Deno.writeTextFile(join(cwd, "data", "duplicates.phash.csv"), "hash,Id,Target\n0,a,0\n");
    const { code, said } = await runTask("stratified_split", cwd, ["--layout=csv_folder"]);
    assertEquals(code, 3);
    assertStringIncludes(said, '"Ids"');
  });

  it("fewer images than folds, an even number of folds, a wrong shard, a wrong radius, an unknown hash", async () => {
    const cwd = await newData([["a", "0"], ["b", "1"]], [1, 2]);
    await runTask("find_duplicate_images", cwd, ["--layout=csv_folder"]);
    const few = await runTask("stratified_split", cwd, ["--layout=csv_folder"]);
    assertEquals([few.code, few.said.includes("11 folds: there are 2 images")], [3, true]);
    const wrong: [string, string, string][] = [
      ["stratified_split", "--folds=4", "odd"],
      ["find_duplicate_images", "--shard=3/2", "1/2 to 2/2"],
      ["find_duplicate_images", "--radius=9", "--radius"],
      ["find_duplicate_images", "--hashes=fhash", 'did you mean "ahash"'],
      ["find_data_leak", "--layout_params=[1", "JSON object"],
      [
        "find_data_leak",
        '--layout_params={"lables":"train.csv"}',
        'lables: unknown key; did you mean "labels"?',
      ],
    ];
    for (const [name, flag, words] of wrong) {
      const { code, said } = await runTask(name, cwd, ["--layout=csv_folder", flag]);
      assertEquals(code, 2, `${flag}: ${said}`);
      assertStringIncludes(said, words);
    }
  });
});

Deno.test("broken and unlabelled images and labels without an image are listed and left out", async () => {
  const cwd = await newData([["a", "0"], ["b", "1"], ["c", "1"], ["gone", "0"]], [1, 2, 3, 4]);
  const train = join(cwd, "data", "train");
  await Deno.remove(join(train, "gone.png"));
  await Deno.truncate(join(train, "b.png"), 300);
  await Deno.writeFile(join(train, "extra.png"), await encodePng(drawPicture(9)));
  const { code, said } = await runTask("find_duplicate_images", cwd, ["--layout=csv_folder"]);
  assertEquals(code, 0);
  assertStringIncludes(said, "b.png: the file is cut off or damaged");
  assertStringIncludes(said, "images without labels, left out: 1\n  train/extra");
  assertStringIncludes(said, "labelled ids without an image: 1\n  train/gone");
  assertEquals((await readTable(cwd, "duplicates.phash.csv")).slice(1).map(([, ids]) => ids), ["a", "c"]);
});
