import { assertEquals, assertRejects } from "@std/assert";
import { parse } from "@std/csv";
import { basename, join } from "@std/path";
import { describe, it } from "@std/testing/bdd";
import { Problem } from "../../../core/base/problem.ts";
import { findLeaks } from "../../../core/duplicates/find_leaks.ts";
import { listen, newCompetition, RecordedOutput } from "./_competition.ts";

/** The test picture x shows what a and b show, y what nothing else shows; z is broken. */
async function newData(): Promise<string> {
  const drawings = {
    "train/a": 1,
    "train/b": 1,
    "train/c": 2,
    "test/x": 1,
    "test/y": 5,
    "test/z": 2,
  };
  const dir = await newCompetition(drawings, { a: "0", b: "1", c: "1" });
  await Deno.writeTextFile(join(dir, "test/z.png"), "no picture");
  return dir;
}

const QUICK = { layout: "csv_folder", cache: false, gallery: false } as const;

async function readRows(file: string): Promise<string[][]> {
  return parse(await Deno.readTextFile(file)).slice(1);
}

describe("findLeaks", () => {
  it("returns the leaks and says nothing", async () => {
    const dataDir = await newData();
    const { result, said } = await listen(() => findLeaks({ ...QUICK, dataDir }));
    assertEquals(said, []);
    assertEquals(result.byHash.map(({ hash }) => hash), ["ahash", "phash"]);
    for (const { leaks } of result.byHash) {
      assertEquals(leaks.map(({ picture }) => `${picture.source}/${picture.id}`), ["test/x"]);
      const [leak] = leaks;
      assertEquals(leak!.sources.map(({ source, tier }) => [source.row.id, tier]), [
        ["a", "same_pixels"],
        ["b", "same_pixels"],
      ]);
      assertEquals([leak!.conflict, leak!.labels], [true, [0]]);
    }
    assertEquals(result.broken.map(({ id }) => id), ["z"]);
  });

  it("writes the files that it names", async () => {
    const dataDir = await newData();
    const { files } = await findLeaks({ ...QUICK, dataDir, conflict: "union", gallery: true });
    const names = ["ahash.csv", "phash.csv", "report.json", "report.html"].map((end) => `data_leak.${end}`);
    assertEquals(files.map((file) => basename(file)), names);
    assertEquals(await readRows(files[0]!), [["x", "0 1"]]);
    const report = JSON.parse(await Deno.readTextFile(files[2]!));
    assertEquals([report.settings.conflict, "split" in report.settings], ["union", false]);
    assertEquals(report.leaks.ahash.map(({ id }: { id: string }) => id), ["x"]);
  });

  it("looks inside a split for val pictures that are in train", async () => {
    const dataDir = await newData();
    const split = join(dataDir, "mine.csv");
    await Deno.writeTextFile(split, "Id,Target,Split\na,0,train\nb,1,val\nc,1,val\n");
    const output = new RecordedOutput();
    const { byHash, files } = await findLeaks({ ...QUICK, dataDir, split, output });
    assertEquals(byHash[1]!.leaks.map(({ picture }) => picture.id), ["b"]);
    assertEquals(basename(files[1]!), "leak_inside.mine.phash.csv");
    assertEquals(await readRows(files[1]!), [["b", "0", "a"]]);
    assertEquals(output.counts, ["hashing images: 3"]);
  });

  it("explains a split file that is not there", async () => {
    const dataDir = await newData();
    const split = join(dataDir, "split.stratified.0.csv");
    await assertRejects(() => findLeaks({ ...QUICK, dataDir, split }), Problem, "split.stratified.0.csv");
  });
});
