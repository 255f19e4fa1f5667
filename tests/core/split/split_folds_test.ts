import { assertEquals, assertRejects } from "@std/assert";
import { parse } from "@std/csv";
import { basename, join } from "@std/path";
import { describe, it } from "@std/testing/bdd";
import { Problem } from "../../../core/base/problem.ts";
import { findDuplicates } from "../../../core/duplicates/find_duplicates.ts";
import { splitFolds } from "../../../core/split/split_folds.ts";
import { listen, newCompetition, RecordedOutput } from "../duplicates/_competition.ts";

/** Eight labelled pictures of which a and b show the same; h has no picture. */
async function newData(): Promise<string> {
  const drawings = Object.fromEntries([..."abcdefg"].map((id, place) => [`train/${id}`, place]));
  const labels = { a: "0", b: "1", c: "1", d: "0", e: "1", f: "0", g: "1", h: "0" };
  const dataDir = await newCompetition({ ...drawings, "train/b": 0 }, labels);
  await findDuplicates({ dataDir, layout: "csv_folder", cache: false, gallery: false });
  return dataDir;
}

const SMALL = { layout: "csv_folder", folds: 3 } as const;

describe("splitFolds", () => {
  it("returns the folds and says nothing", async () => {
    const dataDir = await newData();
    const { result, said } = await listen(() => splitFolds({ ...SMALL, dataDir }));
    assertEquals(said, []);
    assertEquals(result.rows.map(({ id }) => id), [..."abcdefg"]);
    assertEquals(result.rows[0]!.fold, result.rows[1]!.fold);
    assertEquals(result.rows.slice(0, 2).map(({ labels }) => labels), [[0], [0]]);
    assertEquals(new Set(result.rows.map(({ fold }) => fold)), new Set([0, 1, 2]));
    assertEquals([result.groups.together.length, result.groups.leftOut], [6, 1]);
    assertEquals(result.conflicts.map(({ resolved }) => resolved), [[0]]);
    assertEquals(result.measures.sizes.reduce((sum, size) => sum + size, 0), 7);
    assertEquals(result.strata.length, 2);
  });

  it("writes the files that it names", async () => {
    const dataDir = await newData();
    const { files, rows } = await splitFolds({ ...SMALL, dataDir, conflict: "keep_own", useExternal: false });
    assertEquals(files.map((file) => basename(file)), [
      "split.stratified.small.0.csv",
      "split.stratified.small.report.json",
    ]);
    const words = ["val", "val", "test_val"];
    assertEquals(
      parse(await Deno.readTextFile(files[0]!)).slice(1),
      rows.map(({ id, labels, fold }) => [id, labels.join(" "), words[fold]!]),
    );
    const report = JSON.parse(await Deno.readTextFile(files[1]!));
    assertEquals([report.settings.use_external, report.settings.conflict], [0, "keep_own"]);
    assertEquals([report.groups, report.left_out], [6, 1]);
    const digest = await crypto.subtle.digest("SHA-256", await Deno.readFile(files[0]!));
    assertEquals(report.files, { [basename(files[0]!)]: new Uint8Array(digest).toHex() });
  });

  it("is the same with the same seed, and warns of labels with few images", async () => {
    const dataDir = await newData(), output = new RecordedOutput();
    const options = { ...SMALL, dataDir, folds: 5, seed: 3, output };
    assertEquals((await splitFolds(options)).rows, (await splitFolds(options)).rows);
    assertEquals(output.warnings[0], "2 labels have fewer images than folds: 0; 1");
  });

  it("explains settings and data that it cannot use", async () => {
    const dataDir = await newData();
    for (const folds of [1, 4, 3.5, NaN]) {
      await assertRejects(() => splitFolds({ ...SMALL, dataDir, folds }), Problem, `${folds} folds`);
    }
    await assertRejects(() => splitFolds({ ...SMALL, dataDir, folds: 9 }), Problem, "there are 7 images");
    await Deno.remove(join(dataDir, "duplicates.ahash.csv"));
    const { next } = await assertRejects(() => splitFolds({ ...SMALL, dataDir }), Problem, "ahash.csv");
    assertEquals(next, 'Run "deno task find_duplicate_images" to make duplicates.ahash.csv');
  });
});
