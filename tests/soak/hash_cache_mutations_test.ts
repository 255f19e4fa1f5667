import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { Random } from "../../core/base/random.ts";
import { PairMemory } from "../../core/duplicates/pair_memory.ts";
import { HashCache } from "../../core/scan/hash_cache.ts";
import { scanImages } from "../../core/scan/scan.ts";
import { testSeed } from "../_seed.ts";
import { copyScan, HASHES, writePictures } from "../core/scan/_pictures.ts";
import { mutate } from "./_mutate.ts";
import { rounds } from "./_rounds.ts";

/** Puts a damaged file in the place of a database, and removes what SQLite and earlier rounds left beside it. */
async function replace(path: string, bytes: Uint8Array): Promise<void> {
  for (const end of ["", "-wal", "-shm", ".damaged"]) {
    await Deno.remove(path + end).catch((error) => assert(error instanceof Deno.errors.NotFound));
  }
  await Deno.writeFile(path, bytes);
}

Deno.test("a damaged cache of hashes is told or looked up anew, never believed", async () => {
  const random = new Random(testSeed("mutations of a hash cache"), "mutations");
  const dir = await Deno.makeTempDir(), path = join(dir, "cache.sqlite");
  const images = await writePictures(dir, Array.from({ length: 12 }, (_, i) => i));
  const scan = async (): Promise<{ found: unknown; noticed: boolean }> => {
    const warnings: string[] = [];
    const cache = new HashCache(path, { key: "abc", warn: (text) => warnings.push(text) });
    const scanned = await scanImages(images, { dir, hashes: HASHES, channels: [null], cache });
    return { found: copyScan(scanned).records, noticed: warnings.length > 0 || scanned.decoded > 0 };
  };
  const { found } = await scan();
  const bytes = await Deno.readFile(path);
  let noticed = 0;
  const count = rounds(40, 1500);
  for (let round = 0; round < count; round++) {
    await replace(path, mutate(bytes, random));
    const again = await scan();
    assertEquals(again.found, found, `round ${round}`);
    if (again.noticed) noticed++;
  }
  assert(noticed > count / 4, `${noticed} of ${count} were noticed`);
  await Deno.remove(dir, { recursive: true });
});

Deno.test("a damaged memory of pairs gives back what was put in, or nothing", async () => {
  const random = new Random(testSeed("mutations of a memory of pairs"), "mutations");
  const dir = await Deno.makeTempDir(), path = join(dir, "pairs.sqlite");
  const memory = new PairMemory(path, () => {});
  const pairs = Array.from({ length: 100 }, (_, i) => ({ a: `a${i}`, b: `b${i}`, correlation: i / 100 }));
  for (const { a, b, correlation } of pairs) memory.put(a, b, correlation);
  memory.close();
  const bytes = await Deno.readFile(path);
  let known = 0;
  for (let round = 0; round < rounds(40, 1500); round++) {
    await replace(path, mutate(bytes, random));
    const damaged = new PairMemory(path, () => {});
    for (const { a, b, correlation } of pairs) {
      const remembered = damaged.get(a, b);
      if (remembered !== undefined) assertEquals(remembered, correlation, `round ${round}`);
      if (remembered !== undefined) known++;
    }
    damaged.put("new", "pair", 0.5);
    damaged.close();
  }
  assert(known > 0, "nothing was remembered in any round");
  await Deno.remove(dir, { recursive: true });
});
