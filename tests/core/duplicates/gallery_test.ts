import { assertEquals } from "@std/assert";
import { basename } from "@std/path";
import { findDuplicates } from "../../../core/duplicates/find_duplicates.ts";
import { findLeaks } from "../../../core/duplicates/find_leaks.ts";
import { withReadFile } from "../image/_read_file.ts";
import { newCompetition } from "./_competition.ts";

const QUICK = { layout: "csv_folder", cache: false } as const;

/** How often each picture is read while `work` runs. */
async function countReads(work: () => Promise<unknown>): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}, { readFile } = Deno;
  await withReadFile(async (path) => {
    const name = basename(String(path));
    if (name.endsWith(".png")) counts[name] = (counts[name] ?? 0) + 1;
    return await readFile(path);
  }, async () => {
    await work();
  });
  return counts;
}

Deno.test("a page of leaks decodes a picture once, however many leaks show it, by both hashes", async () => {
  const test = Object.fromEntries([..."uvwxyz"].map((id) => [`test/${id}`, 1]));
  const dataDir = await newCompetition({ "train/a": 1, "train/b": 2, ...test }, { a: "0", b: "1" });
  let found: Awaited<ReturnType<typeof findLeaks>> | null = null;
  const reads = await countReads(async () => found = await findLeaks({ ...QUICK, dataDir }));
  assertEquals(found!.byHash.map(({ leaks }) => leaks.length), [6, 6]);
  const page = await Deno.readTextFile(found!.files.at(-1)!);
  assertEquals(page.split("<img").length - 1, 2 * 6 * 2);
  // Once to hash it and once for its thumbnail; b is on no page.
  const twice = Object.fromEntries([..."auvwxyz"].map((id) => [`${id}.png`, 2]));
  assertEquals(reads, { ...twice, "b.png": 1 });
  await Deno.remove(dataDir, { recursive: true });
});

Deno.test("a page of duplicates decodes a picture once for both hashes", async () => {
  const dataDir = await newCompetition({ "train/a": 1, "train/b": 1, "train/c": 2 }, {
    a: "0",
    b: "0",
    c: "1",
  });
  const reads = await countReads(() => findDuplicates({ ...QUICK, dataDir }));
  assertEquals(reads, { "a.png": 2, "b.png": 2, "c.png": 1 });
  await Deno.remove(dataDir, { recursive: true });
});
