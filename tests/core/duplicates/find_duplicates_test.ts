import { assertEquals, assertRejects } from "@std/assert";
import { parse } from "@std/csv";
import { basename, join } from "@std/path";
import { describe, it } from "@std/testing/bdd";
import { Problem } from "../../../core/base/problem.ts";
import { findDuplicates } from "../../../core/duplicates/find_duplicates.ts";
import { hashShard } from "../../../core/scan/hash_shard.ts";
import { listen, newCompetition, RecordedOutput } from "./_competition.ts";

/** Pictures a and b show the same and are labelled otherwise, c is broken, d has no labels, e is alone. */
async function newData(): Promise<string> {
  const drawings = { "train/a": 1, "train/b": 1, "train/c": 2, "train/d": 3, "train/e": 4 };
  const dir = await newCompetition(drawings, { a: "0", b: "1", c: "1", e: "0", gone: "1" });
  await Deno.writeTextFile(join(dir, "train/c.png"), "no picture");
  return dir;
}

const QUICK = { layout: "csv_folder", cache: false, gallery: false } as const;

describe("findDuplicates", () => {
  it("returns the groups and says nothing", async () => {
    const dataDir = await newData();
    const { result, said } = await listen(() => findDuplicates({ ...QUICK, dataDir }));
    assertEquals(said, []);
    assertEquals(result.byHash.map(({ hash }) => hash), ["ahash", "phash"]);
    for (const { groups, labelled } of result.byHash) {
      assertEquals(labelled.map(({ row }) => row.id), ["a", "b", "e"]);
      assertEquals(groups.map(({ members }) => members.map(({ row }) => row.id)), [["a", "b"]]);
      assertEquals(groups.map(({ conflict, labels, diameter }) => [conflict, labels, diameter]), [
        [true, [0], 0],
      ]);
      assertEquals(groups[0]!.links.map(({ tier }) => tier), ["same_pixels"]);
    }
    assertEquals(result.pictures, 4);
    assertEquals(result.broken.map(({ id }) => id), ["c"]);
    assertEquals(result.coverage, { unlabelled: ["train/d"], missing: ["train/gone"] });
  });

  it("writes the files that it names", async () => {
    const dataDir = await newData();
    const { files } = await findDuplicates({ ...QUICK, dataDir, conflict: "union", gallery: true });
    const names = ["ahash.csv", "phash.csv", "report.json", "report.html"].map((end) => `duplicates.${end}`);
    assertEquals(files.map((file) => basename(file)), names);
    const rows = parse(await Deno.readTextFile(join(dataDir, "duplicates.phash.csv"))).slice(1);
    assertEquals(rows.map(([, ids, target]) => [ids, target]), [["a b", "0 1"], ["e", "0"]]);
    const report = JSON.parse(await Deno.readTextFile(join(dataDir, "duplicates.report.json")));
    assertEquals(report.settings.conflict, "union");
    assertEquals(report.settings.hashes, "ahash,phash");
    assertEquals(report.groups.phash[0].members.map(({ id }: { id: string }) => id), ["a", "b"]);
    const there = [...Deno.readDirSync(dataDir)].filter(({ name }) => name.startsWith("duplicates."));
    assertEquals(there.length, files.length);
  });

  it("takes the hashes it is given, and keeps what it finds out only when it may", async () => {
    const dataDir = await newData();
    const caches = () => [...Deno.readDirSync(dataDir)].filter(({ name }) => name.startsWith("."));
    const { byHash } = await findDuplicates({ ...QUICK, dataDir, hashes: ["dhash"], hashSize: 16 });
    assertEquals(byHash.map(({ hash }) => hash), ["dhash"]);
    assertEquals(byHash[0]!.labelled[0]!.picture.primary.hashes.dhash!.length, 64);
    assertEquals(caches(), []);
    await findDuplicates({ ...QUICK, dataDir, cache: true });
    assertEquals(caches().length > 0, true);
  });

  it("tells an output how far it is", async () => {
    const output = new RecordedOutput();
    await findDuplicates({ ...QUICK, dataDir: await newData(), output });
    assertEquals(output.counts, ["hashing images: 5"]);
  });

  it("joins parts that were hashed one by one", async () => {
    const dataDir = await newData();
    const whole = await findDuplicates({ ...QUICK, dataDir });
    for (const index of [1, 2]) await hashShard({ ...QUICK, dataDir, shard: { index, count: 2 } });
    const merged = await findDuplicates({ ...QUICK, dataDir, merge: true });
    const idsOf = ({ byHash }: typeof whole) =>
      byHash.map(({ groups }) => groups.map(({ members }) => members.map(({ row }) => row.id)));
    assertEquals(idsOf(merged), idsOf(whole));
    assertEquals(merged.broken.map(({ id }) => id), ["c"]);
  });

  it("explains settings and data that it cannot use", async () => {
    const dataDir = await newData();
    const wrong: [Parameters<typeof findDuplicates>[0], string][] = [
      [{ dataDir: join(dataDir, "nowhere") }, "does not exist"],
      [{ ...QUICK, dataDir, radius: 9 }, "radius 9"],
      [{ ...QUICK, dataDir, hashes: ["fhash"] }, 'did you mean "ahash"'],
      [{ ...QUICK, dataDir, layoutParams: { lables: "train.csv" } }, 'did you mean "labels"?'],
      [{ ...QUICK, dataDir, layoutParams: { images: "none" } }, "finds no image"],
    ];
    for (const [options, words] of wrong) {
      await assertRejects(() => findDuplicates(options), Problem, words);
    }
    const noPart = () => hashShard({ ...QUICK, dataDir, shard: { index: 3, count: 2 } });
    await assertRejects(noPart, Problem, "part 3 of 2");
  });
});
