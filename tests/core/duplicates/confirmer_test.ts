import { assertEquals, assertRejects, fail } from "@std/assert";
import { join } from "@std/path";
import { describe, it } from "@std/testing/bdd";
import { findLinks } from "../../../core/duplicates/links.ts";
import { PairMemory } from "../../../core/duplicates/pair_memory.ts";
import type { HashRecord } from "../../../core/scan/record.ts";
import { scanImages } from "../../../core/scan/scan.ts";
import { Confirmer } from "../../../core/duplicates/confirmer.ts";
import { encodeJpeg, encodePng } from "../../../core/image/encode.ts";
import { withReadFile } from "../image/_read_file.ts";
import { copyRecord, drawPicture, HASHES } from "../scan/_pictures.ts";

/** A picture, itself in another format, itself as JPEG and brighter, and another picture, all said to have one hash. */
async function newRecords(): Promise<{ dir: string; records: HashRecord[] }> {
  const dir = await Deno.makeTempDir();
  const picture = drawPicture(1, 100),
    brighter = { ...picture, data: picture.data.map((value) => Math.min(255, value * 1.03)) };
  const files = {
    "a.png": await encodePng(picture),
    "b.png": await encodePng({
      ...picture,
      channels: 3,
      data: Uint8Array.from({ length: 30_000 }, (_, i) => picture.data[Math.floor(i / 3)]!),
    }),
    "c.jpg": await encodeJpeg(brighter, { quality: 85 }),
    "d.png": await encodePng(drawPicture(2, 100)),
  };
  for (const [name, bytes] of Object.entries(files)) await Deno.writeFile(join(dir, name), bytes);
  const images = Object.keys(files).map((id) => ({ id, source: "train" as const, files: [join(dir, id)] }));
  const { records } = await scanImages(images, { dir, hashes: HASHES, channels: [null] });
  return {
    dir,
    records: records.map((record) => ({ ...copyRecord(record), hashes: { phash: "0123456789abcdef" } })),
  };
}

async function tiers(
  records: readonly HashRecord[],
  memory: PairMemory,
  leastTier: "hash_only" | "same_structure",
) {
  const confirmer = new Confirmer({ minCorrelation: 0.95, memory });
  const links = await findLinks(records, { hash: "phash", radius: 0, leastTier, confirmer });
  return links.map(({ a, b, tier }) => `${records[a]!.id} ${records[b]!.id} ${tier}`).sort();
}

describe("pairs that are confirmed", () => {
  it("have the tier that their pictures show", async () => {
    const { records } = await newRecords();
    assertEquals(await tiers(records, new PairMemory(null, fail), "hash_only"), [
      "a.png b.png same_pixels",
      "a.png c.jpg same_structure",
      "a.png d.png hash_only",
      "c.jpg d.png hash_only",
    ]);
  });

  it("do not count below the least tier", async () => {
    const { records } = await newRecords();
    assertEquals(await tiers(records, new PairMemory(null, fail), "same_structure"), [
      "a.png b.png same_pixels",
      "a.png c.jpg same_structure",
    ]);
  });

  it("are not decoded again by a later run", async () => {
    const { dir, records } = await newRecords();
    const path = join(dir, "cache.sqlite");
    const memory = new PairMemory(path, fail);
    const first = await tiers(records, memory, "hash_only");
    memory.close();
    for (const { file } of records) await Deno.remove(file);
    const later = new PairMemory(path, fail);
    assertEquals(await tiers(records, later, "hash_only"), first);
    assertEquals([later.knows(records[3]!.digest), later.knows("another")], [true, false]);
    later.close();
  });
});

describe("a picture that cannot be compared", () => {
  it("counts as another one when it is gone or damaged since the scan", async () => {
    for (const spoil of [Deno.remove, (file: string) => Deno.writeTextFile(file, "no picture")]) {
      const { records } = await newRecords();
      await spoil(records[2]!.file);
      assertEquals(await tiers(records, new PairMemory(null, fail), "same_structure"), [
        "a.png b.png same_pixels",
      ]);
    }
  });

  it("ends the search when memory or file handles are the reason", async () => {
    const { records } = await newRecords();
    await withReadFile(() => Promise.reject(new Error("Too many open files (os error 24)")), async () => {
      const search = () => tiers(records, new PairMemory(null, fail), "hash_only");
      await assertRejects(search, Error, '.png": Too many open files');
    });
  });
});
