import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { buildImageCache, type CacheReport } from "../../../core/cache/build_cache.ts";
import { openImageCache } from "../../../core/data/image_cache.ts";
import { listFiles } from "../../../core/base/files.ts";
import { checkedJsonText } from "../../../core/formats/checked_json.ts";
import { createLoader } from "../../../core/data/loader.ts";
import { readExamplePixels } from "../../../core/image/decode.ts";
import { encodePng } from "../../../core/image/encode.ts";
import { resize } from "../../../core/image/resize.ts";
import type { Example } from "../../../core/base/example.ts";
import { Problem } from "../../../core/base/problem.ts";
import { randomPixels, writeExamples } from "./_pictures.ts";

const BYTES = 20 * 20 * 4;
let folder = "";
let cacheFolder = "";
let examples: Example[] = [];

function build(changes: { size?: number; images?: Example[] } = {}): Promise<CacheReport> {
  return buildImageCache({
    folder: cacheFolder,
    images: changes.images ?? examples,
    channels: 4,
    maxPixels: 1000,
    size: changes.size ?? 20,
    shardBytes: 5 * BYTES,
  });
}

async function loadAll(cache: string | null, workers: number, reports: string[] = []): Promise<unknown> {
  const loader = await createLoader({
    examples,
    transform: { name: "policy_transform", params: { size: 20, policies: [[["Rotate", { p: 1 }]]] } },
    split: "train",
    channels: 4,
    classes: 3,
    target: "class_set",
    batchSize: 4,
    shuffle: true,
    seed: 1,
    workers,
    onBroken: "fail",
    maxPixels: 1000,
    cache,
    report: (message) => reports.push(message),
  });
  const batches = await Array.fromAsync(loader.batches(0));
  loader.close();
  return batches;
}

describe("image cache", () => {
  beforeEach(async () => {
    folder = await Deno.makeTempDir();
    cacheFolder = join(folder, "cache");
    examples = await writeExamples(folder, 12);
  });
  afterEach(() => Deno.remove(folder, { recursive: true }));

  it("holds every picture, resized, in shards of the given size", async () => {
    const report = await build();
    assertEquals([report.cached, report.index.shards, report.left], [12, 3, []]);
    const cache = await openImageCache(cacheFolder, 4);
    for (const example of examples) {
      const expected = resize(await readExamplePixels(example, { channels: 4 }), 20, 20);
      assertEquals(await cache.read(example), expected);
    }
    cache.close();
  });

  it("is kept when nothing changed, and mended where it did", async () => {
    await build();
    assertEquals((await build()).kept, 3);
    const changed = randomPixels(99, { height: 20, width: 20, channels: 4 });
    await Deno.writeFile(examples[0]!.files[0]!, await encodePng(changed));
    await Deno.utime(examples[0]!.files[0]!, 1000, 1000);
    const stale = await openImageCache(cacheFolder, 4);
    assertEquals(await stale.read(examples[0]!), null);
    stale.close();
    assertEquals((await build()).kept, 2);
    await Deno.remove(join(cacheFolder, "shard_0001.json"));
    await assertRejects(() => openImageCache(cacheFolder, 4), Problem, "there is none, or it is incomplete");
    assertEquals((await build()).kept, 2);
  });

  it("leaves broken pictures and pictures of another size out", async () => {
    await Deno.writeTextFile(examples[3]!.files[0]!, "no picture");
    const report = await buildImageCache({
      folder: cacheFolder,
      images: examples,
      channels: 4,
      maxPixels: 1000,
      size: null,
    });
    const same = (await Promise.all(
      examples.map((example) => readExamplePixels(example, { channels: 4 }).catch(() => null)),
    ))
      .filter((pixels) => pixels?.height === 20 && pixels.width === 20).length;
    assertEquals([report.cached, report.left.length], [same, 12 - same]);
    assertEquals(report.left.find(({ id }) => id === "image_003")!.problem.includes("image_003.png"), true);
  });

  it("leaves out a picture whose link leads in a circle", async () => {
    const file = examples[3]!.files[0]!;
    await Deno.remove(file);
    await Deno.symlink(file, file);
    const { cached, left } = await build({ size: 8 });
    assertEquals([cached, left.map(({ id }) => id)], [examples.length - 1, [examples[3]!.id]]);
    assertEquals(left[0]!.problem.endsWith("its symbolic links lead in a circle"), true, left[0]!.problem);
  });

  it("gives loaders the same batches as the files", async () => {
    const square = await Promise.all(examples.map(async (example, i) => {
      const pixels = randomPixels(i, { height: 20, width: 20, channels: 4 });
      await Deno.writeFile(example.files[0]!, await encodePng(pixels));
      return example;
    }));
    await build({ images: square.slice(0, 9) });
    const expected = await loadAll(null, 0);
    assertEquals(await loadAll(cacheFolder, 0), expected);
    assertEquals(await loadAll(cacheFolder, 2), expected);
  });

  /** Changes a byte of a file of the cache. */
  async function damage(name: string, at: number): Promise<void> {
    const path = join(cacheFolder, name);
    const bytes = await Deno.readFile(path);
    bytes[at < 0 ? bytes.length + at : at]! ^= 8;
    await Deno.writeFile(path, bytes);
  }

  /** What a cache gives for every example, and what it reports. */
  async function readAll(): Promise<{ read: (Uint8Array | Uint16Array | null)[]; reports: string[] }> {
    const reports: string[] = [];
    const cache = await openImageCache(cacheFolder, 4, { report: (message) => reports.push(message) });
    const read = [];
    for (const example of examples) read.push((await cache.read(example))?.data ?? null);
    cache.close();
    return { read, reports };
  }

  it("gives no picture whose pixels changed, and says so; cache_images mends it", async () => {
    await build();
    const whole = await readAll();
    await damage("shard_0001.bin", 2 * BYTES + 700);
    const { read, reports } = await readAll();
    assertEquals(read, whole.read.map((data, i) => i === 7 ? null : data));
    assertEquals([reports.length, reports[0]!.includes("shard_0001.bin")], [1, true]);
    const { damaged, kept } = await build();
    assertEquals([damaged.length, damaged[0]!.includes("shard_0001.bin"), kept], [1, true, 2]);
    assertEquals(await readAll(), whole);
  });

  it("with a shard that is cut off or gone gives the others", async () => {
    await build();
    const whole = await readAll();
    await Deno.truncate(join(cacheFolder, "shard_0001.bin"), 3 * BYTES);
    const { read, reports } = await readAll();
    assertEquals([read.slice(0, 5), read.slice(10)], [whole.read.slice(0, 5), whole.read.slice(10)]);
    assertEquals([read.slice(5, 10), reports.length], [Array(5).fill(null), 1]);
    await Deno.rename(join(cacheFolder, "shard_0001.bin"), join(cacheFolder, "shard_0009.bin"));
    assertEquals((await readAll()).reports.length, 1);
  });

  for (const name of ["index.json", "shard_0002.json"]) {
    it(`with a damaged ${name} is refused by name, and made anew by cache_images`, async () => {
      await build();
      const whole = await readAll(), path = join(cacheFolder, name), text = await Deno.readTextFile(path);
      for (let at = 0; at < text.length - 1; at += 7) {
        await damage(name, at);
        const problem = await assertRejects(() => openImageCache(cacheFolder, 4), Problem, path);
        assertEquals([problem.exitCode, problem.next!.includes("cache_images")], [3, true]);
        await Deno.writeTextFile(path, text);
      }
      await damage(name, 0);
      const { damaged, kept } = await build();
      assertEquals([damaged.length, damaged[0]!.includes(path), kept], [1, true, name[0] === "i" ? 3 : 2]);
      assertEquals(await readAll(), whole);
    });
  }

  it("whose index asks for a billion shards or pixels is refused at once", async () => {
    await build();
    const huge = { version: 2, height: 20, width: 20, channels: 4, shards: 1_000_000_000 };
    const write = (index: Record<string, unknown>) =>
      Deno.writeTextFile(join(cacheFolder, "index.json"), checkedJsonText(index));
    await write(huge);
    await assertRejects(() => openImageCache(cacheFolder, 4), Problem, "incomplete");
    await write({ ...huge, shards: 3, height: 16_000_000, width: 16_000_000 });
    await assertRejects(() => openImageCache(cacheFolder, 4), Problem, "several shapes");
    await write({ ...huge, version: 1, shards: 1 });
    await assertRejects(() => openImageCache(cacheFolder, 4), Problem, "index.json");
  });

  it("whose shards are of another size than its index is refused", async () => {
    await build();
    const index = await Deno.readTextFile(join(cacheFolder, "index.json"));
    await build({ size: 10 });
    await Deno.writeTextFile(join(cacheFolder, "index.json"), index);
    await assertRejects(() => openImageCache(cacheFolder, 4), Problem, "several shapes");
    await build({ size: 20 });
    assertEquals((await readAll()).reports, []);
  });

  it("keeps nothing of a build that was killed while it wrote", async () => {
    await build();
    const left = ["shard_0000.bin.4194399.part", "shard_0007.bin.4194399.part", "index.json.4194399.part"];
    for (const name of left) await Deno.writeTextFile(join(cacheFolder, name), "left");
    await Deno.writeTextFile(join(cacheFolder, "notes.txt.1.part"), "of somebody else");
    await build();
    const names = await listFiles(cacheFolder);
    assertEquals(names.filter((name) => name.endsWith(".part")), ["notes.txt.1.part"]);
  });

  for (const workers of [0, 2]) {
    it(`reports damage once to a loader of ${workers} workers, which reads the files instead`, async () => {
      for (const [i, { files }] of examples.entries()) {
        const pixels = randomPixels(i, { height: 20, width: 20, channels: 4 });
        await Deno.writeFile(files[0]!, await encodePng(pixels));
      }
      await build();
      await damage("shard_0000.bin", 3);
      await damage("shard_0000.bin", BYTES + 3);
      await damage("shard_0002.bin", -1);
      const reports: string[] = [];
      assertEquals(await loadAll(cacheFolder, workers, reports), await loadAll(null, 0));
      assertEquals(reports.map((text) => /shard_\d+/.exec(text)![0]).sort(), ["shard_0000", "shard_0002"]);
    });
  }

  it("of other channels or none is explained", async () => {
    await assertRejects(() => openImageCache(cacheFolder, 4), Problem, "there is none, or it is incomplete");
    await build();
    await assertRejects(() => openImageCache(cacheFolder, 3), Problem, "4 channels");
  });
});
