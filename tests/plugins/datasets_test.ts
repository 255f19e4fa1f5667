import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { dirname, join } from "@std/path";
import type { Dataset } from "../../core/plugin/contracts.ts";
import { loadPlugins } from "../../core/plugin/registry.ts";
import { Problem } from "../../core/base/problem.ts";
import { openLayout } from "../../core/layout/open_layout.ts";

const registry = await loadPlugins([], ["layouts", "datasets"]);
/** As long as the ids of the official images: length tells nothing. */
const LONG_EXTERNAL = "1234567890-1234567890-1234567890-abc";

const DATA: Record<string, string> = {
  "train.csv": "Id,Target\nb,0\na,25\nc,1\n",
  "external.csv": `Id,Target\n${LONG_EXTERNAL},5\n`,
  "sample_submission.csv": "Id,Predicted\nz,0\ny,0\n",
  "split.stratified.0.csv":
    `Id,Target,Split\nb,0,train\n${LONG_EXTERNAL},5 3,train\na,25,val\nc,1,test_val\n`,
  "split.stratified.small.0.csv": "Id,Target,Split\nb,0,val\na,25,train\nc,1,test_val\n",
  "split.stratified.small.1.csv": "Id,Target,Split\na,25,val\nb,0,train\nc,1,test_val\n",
};
for (const name of ["train/a", "train/b", "train/c", `external/${LONG_EXTERNAL}`, "test/z", "test/y"]) {
  DATA[`rgby/${name}.png`] = "";
}

async function withDataset(
  name: string,
  options: {
    files?: Record<string, string>;
    params?: Record<string, unknown>;
    warn?: (message: string) => void;
    onBroken?: "fail" | "skip";
  },
  run: (dataset: Dataset) => Promise<void>,
): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    for (const [path, text] of Object.entries({ ...DATA, ...options.files })) {
      await Deno.mkdir(dirname(join(dir, path)), { recursive: true });
      await Deno.writeTextFile(join(dir, path), text);
    }
    const layout = await openLayout(registry, dir);
    const { params = {}, warn = () => {}, onBroken = "fail" } = options;
    await run(registry.get("datasets", name).create(params, { layout, warn, onBroken }));
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

async function idsOf(dataset: Dataset, split: "train" | "val" | "test_val" | "test"): Promise<string[]> {
  return (await dataset.examples(split)).map((example) => example.id);
}

Deno.test("DefaultDataset gives the rows of a fold with the labels of the split file", () =>
  withDataset("DefaultDataset", { params: { idx_fold: 0, num_fold: 5 } }, async (dataset) => {
    const { path, rows } = dataset.trainedOn!;
    assertEquals([await Deno.readTextFile(path), rows], [DATA["split.stratified.0.csv"], "train"]);
    const train = await dataset.examples("train");
    assertEquals(train.map(({ id, source, labels }) => [id, source, labels]), [
      [LONG_EXTERNAL, "external", [3, 5]],
      ["b", "train", [0]],
    ]);
    assertEquals(train[0]!.files[0]!.endsWith(`rgby/external/${LONG_EXTERNAL}.png`), true);
    assertEquals([await idsOf(dataset, "val"), await idsOf(dataset, "test_val")], [["a"], ["c"]]);
    assertEquals(await idsOf(dataset, "test"), ["y", "z"]);
  }));

Deno.test("SmallDataset trains on the val rows of one fold and validates on those of another", () =>
  withDataset("SmallDataset", {}, async (dataset) => {
    assertEquals([await idsOf(dataset, "train"), await idsOf(dataset, "val")], [["b"], ["a"]]);
    assertEquals(await idsOf(dataset, "test_val"), ["c"]);
  }));

Deno.test("TestDataset gives the test images without labels", () =>
  withDataset("TestDataset", {}, async (dataset) => {
    assertEquals((await dataset.examples("test")).map(({ id, labels }) => [id, labels]), [["y", null], [
      "z",
      null,
    ]]);
  }));

Deno.test("datasets leave missing images out where they may, and tell which", async () => {
  const split = "Id,Target,Split\nb,0,train\nc,1,train\na,25,val\n";
  const small = "Id,Target,Split\nb,0,val\nc,1,val\n";
  const files = { "split.stratified.0.csv": split, "split.stratified.small.0.csv": small };
  for (const [name, params] of [["DefaultDataset", {}], ["SmallDataset", {}]] as const) {
    const told: string[] = [];
    const warn = (text: string) => told.push(text);
    await withDataset(name, { files, params, onBroken: "skip", warn }, async (dataset) => {
      const [test] = await dataset.examples("test"), [train] = await dataset.examples("train");
      await Deno.remove(test!.files[0]!);
      await Deno.remove(train!.files[0]!);
      // A layout lists a folder once, so another one is opened.
      const layout = await openLayout(registry, join(dirname(test!.files[0]!), "..", ".."));
      const again = registry.get("datasets", name).create(params, { layout, warn, onBroken: "skip" });
      assertEquals([await idsOf(again, "test"), await idsOf(again, "train")], [["z"], ["c"]]);
      assertEquals(told.map((text) => text.split(":")[0]), [
        "1 of 2 images are left out",
        "1 of 2 images are left out",
      ]);
      assertStringIncludes(told.join(), '"y"');
      assertStringIncludes(told.join(), '"b"');
    });
  }
});

Deno.test("datasets refuse data that cannot be used, before anything is trained", async (t) => {
  const step = (title: string, files: Record<string, string>, parts: string[]) =>
    t.step(title, () =>
      withDataset("DefaultDataset", { files }, async (dataset) => {
        const problem = await assertRejects(() => dataset.examples("train"), Problem);
        assertEquals(problem.exitCode, 3);
        for (const part of parts) {
          assertEquals(problem.message.includes(part), true, `${problem.message} / ${part}`);
        }
      }));
  const split = (rows: string) => ({ "split.stratified.0.csv": `Id,Target,Split\n${rows}` });
  await step("empty split", split("a,1,val\n"), ['no row has Split "train"', "its splits are: val"]);
  await step("missing column", { "split.stratified.0.csv": "Id,Split\na,train\n" }, ['no column "Target"']);
  await step("Id twice", split("a,1,train\na,1,train\n"), ['"a" is there twice']);
  await step("Id of no label file", split("q,1,train\n"), ['"q" is in none of the label files']);
  await step("unknown class", split("a,99,train\n"), ['"99" is not a class']);
  const files = {
    "train.csv": "Id,Target\n../../x,1\nm1,2\na,2\n",
    ...split("../../x,1,train\nm1,2,train\na,2,train\n"),
  };
  await step("missing images, all at once", files, ["2 of 3 images", "leaves its folder", 'the image "m1"']);
});

Deno.test("a row that another split asks for is checked too", async () => {
  const refuse = (row: string, part: string) => {
    const text = `Id,Target,Split\na,1,train\n${row}\n`;
    return withDataset("DefaultDataset", { files: { "split.stratified.0.csv": text } }, async (dataset) => {
      const problem = await assertRejects(() => dataset.examples("train"), Problem, part);
      assertEquals([problem.exitCode, problem.message.includes("split.stratified.0.csv")], [3, true]);
    });
  };
  await refuse("q,1,val", '"q" is in none of the label files');
  await refuse("b,99,val", '"99" is not a class');
  await refuse("a,1,val", '"a" is there twice');
});

Deno.test("a split file that stratified_split did not write so is told, and used", async () => {
  const name = "split.stratified.0.csv", warnings: string[] = [];
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(DATA[name]!));
  const report = JSON.stringify({ files: { [name]: new Uint8Array(digest).toHex() } });
  const read = (files: Record<string, string>) =>
    withDataset("DefaultDataset", { files, warn: (text) => warnings.push(text) }, async (dataset) => {
      assertEquals(await idsOf(dataset, "val"), ["a"]);
    });
  await read({});
  await read({ "split.stratified.report.json": report });
  await read({ "split.stratified.report.json": JSON.stringify({ settings: {} }) });
  assertEquals(warnings, []);
  await read({ "split.stratified.report.json": report, [name]: DATA[name]!.replace("b,0,", "b,1,") });
  await read({ "split.stratified.report.json": "{" });
  assertEquals(warnings.length, 2);
  assertStringIncludes(warnings[0]!, `${name}" differs from what stratified_split wrote`);
  assertStringIncludes(warnings[1]!, 'split.stratified.report.json" is damaged');
});

Deno.test("a missing split file says how to make it", () =>
  withDataset("DefaultDataset", { params: { idx_fold: 3 } }, async (dataset) => {
    const problem = await assertRejects(() => dataset.examples("train"), Problem, "split.stratified.3.csv");
    assertEquals(problem.next?.includes("stratified_split"), true);
  }));

Deno.test("a fold beyond the number of folds is a config problem", async () => {
  const run = () => withDataset("DefaultDataset", { params: { idx_fold: 5 } }, () => Promise.resolve());
  assertEquals((await assertRejects(run, Problem, "folds are 0 to 4")).exitCode, 2);
});

Deno.test("a word in the column Split that no dataset asks for is told with its rows", async () => {
  const text = DATA["split.stratified.0.csv"]!.replace("b,0,train", "b,0,TRAIN");
  await withDataset("DefaultDataset", { files: { "split.stratified.0.csv": text } }, async (dataset) => {
    const problem = await assertRejects(() => dataset.examples("val"), Problem, '"TRAIN" in row 2');
    assertEquals(problem.exitCode, 3);
  });
});

Deno.test("a row without a label is told where each image has one", async () => {
  const faces: Record<string, string> = { "train.csv": "Id,Target\na,0\nb,1\n" };
  for (const id of ["a", "b"]) faces[`train/${id}.png`] = "";
  const dir = await Deno.makeTempDir();
  try {
    const split = "Id,Target,Split\na,0,train\nb,,val\n";
    for (const [path, text] of Object.entries({ ...faces, "split.stratified.0.csv": split })) {
      await Deno.mkdir(dirname(join(dir, path)), { recursive: true });
      await Deno.writeTextFile(join(dir, path), text);
    }
    const layout = await openLayout(registry, dir, { name: "csv_folder" });
    assertEquals(layout.target, "class");
    const dataset = registry.get("datasets", "DefaultDataset").create({}, { layout });
    const problem = await assertRejects(
      () => dataset.examples("train"),
      Problem,
      "row 3 must have one label",
    );
    assertEquals(problem.exitCode, 3);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
