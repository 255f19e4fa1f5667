import { assertEquals, assertRejects, fail } from "@std/assert";
import { join } from "@std/path";
import { describe, it } from "@std/testing/bdd";
import { HashCache } from "../../../core/scan/hash_cache.ts";
import { scanImages } from "../../../core/scan/scan.ts";
import { MergedShards, shardPath, ShardWriter, takeShard } from "../../../core/scan/shards.ts";
import { pathExists } from "../../../core/base/files.ts";
import type { ImageFiles } from "../../../core/base/example.ts";
import { Problem } from "../../../core/base/problem.ts";
import { copyScan, HASHES, writePictures } from "./_pictures.ts";

const KEY = "abc";

async function writeShards(dir: string, images: ImageFiles[], count: number, indices: readonly number[]) {
  for (const index of indices) {
    const shard = { index, count };
    const opened = new HashCache(join(dir, `cache ${index}`), { key: KEY, warn: fail });
    const cache = new ShardWriter(opened, { dir, key: KEY, shard });
    await scanImages(takeShard(images, shard), { dir, hashes: HASHES, channels: [null], cache });
  }
}

async function newFolder() {
  const dir = await Deno.makeTempDir();
  const images = await writePictures(dir, [1, 2, 1, 4, 5, 6, 7]);
  await Deno.writeTextFile(images[3]!.files[0]!, "broken");
  return { dir, images };
}

describe("shards", () => {
  it("joined say what one scan says, and decode nothing", async () => {
    const { dir, images } = await newFolder();
    await writeShards(dir, images, 3, [1, 2, 3]);
    const merged = await scanImages(images, {
      dir,
      hashes: HASHES,
      channels: [null],
      cache: await MergedShards.open(dir, KEY),
    });
    const whole = await scanImages(images, { dir, hashes: HASHES, channels: [null] });
    assertEquals(copyScan(merged), { ...copyScan(whole), decoded: 0 });
  });

  it("are written again when they are run again, to the same bytes", async () => {
    const { dir, images } = await newFolder();
    await writeShards(dir, images, 1, [1]);
    const path = shardPath({ dir, key: KEY, shard: { index: 1, count: 1 } });
    const first = await Deno.readFile(path);
    await writeShards(dir, images, 1, [1]);
    assertEquals(await Deno.readFile(path), first);
  });

  it("are not written by a scan that an error ended", async () => {
    const { dir, images } = await newFolder();
    const place = { dir, key: KEY, shard: { index: 1, count: 1 } };
    const cache = new ShardWriter(new HashCache(join(dir, "cache"), { key: KEY, warn: fail }), place);
    const onProgress = () => fail("stopped");
    const scan = () => scanImages(images, { dir, hashes: HASHES, channels: [null], cache, onProgress });
    await assertRejects(scan, Error, "stopped");
    assertEquals(await pathExists(shardPath(place)), false);
  });

  it("are not joined when one is damaged", async () => {
    const { dir, images } = await newFolder();
    await writeShards(dir, images, 2, [1, 2]);
    await Deno.truncate(shardPath({ dir, key: KEY, shard: { index: 2, count: 2 } }), 5000);
    await assertRejects(() => MergedShards.open(dir, KEY), Problem, "2-of-2.sqlite");
  });

  it("are not joined when one is missing, two sets are there, or a picture is new or changed", async () => {
    const { dir, images } = await newFolder();
    await assertRejects(() => MergedShards.open(dir, KEY), Problem, "has no parts");
    await writeShards(dir, images, 3, [1, 3]);
    await assertRejects(() => MergedShards.open(dir, KEY), Problem, "2 are missing");
    await writeShards(dir, images, 3, [2]);
    await Deno.writeTextFile(images[3]!.files[0]!, "changed size");
    const cache = await MergedShards.open(dir, KEY);
    const scan = () => scanImages(images, { dir, hashes: HASHES, channels: [null], cache });
    await assertRejects(scan, Problem, '"003.png" has 12 bytes now');
    await writeShards(dir, images, 2, [1]);
    await assertRejects(() => MergedShards.open(dir, KEY), Problem, "parts of 2 and 3");
  });
});
