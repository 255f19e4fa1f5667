import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { buildImageCache, type CacheReport } from "../../../core/cache/build_cache.ts";
import { openImageCache } from "../../../core/data/image_cache.ts";
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

async function loadAll(cache: string | null, workers: number): Promise<unknown> {
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

  it("of other channels or none is explained", async () => {
    await assertRejects(() => openImageCache(cacheFolder, 4), Problem, "there is none, or it is incomplete");
    await build();
    await assertRejects(() => openImageCache(cacheFolder, 3), Problem, "4 channels");
  });
});
