import { assert, assertEquals, assertNotEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import type { Example } from "../../../core/base/example.ts";
import { type DeepPixels, type Depth, isDeep } from "../../../core/base/pixels.ts";
import { Problem } from "../../../core/base/problem.ts";
import { buildImageCache } from "../../../core/cache/build_cache.ts";
import { openImageCache } from "../../../core/data/image_cache.ts";
import { createLoader, type LoaderOptions } from "../../../core/data/loader.ts";
import { encodePng } from "../../../core/image/encode.ts";
import { grayTiff, randomDeep } from "./_deep_pictures.ts";
import { randomPixels } from "./_pictures.ts";

const SIDE = 12;
const SHAPE = { height: SIDE, width: SIDE };
let folder = "";

async function write(id: string, bytes: Uint8Array): Promise<Example> {
  const path = join(folder, id);
  await Deno.writeFile(path, bytes);
  return { id, source: "train", files: [path], labels: [0] };
}

async function inputs(examples: Example[], changes: Partial<LoaderOptions> = {}): Promise<Float32Array> {
  const loader = await createLoader({
    examples,
    transform: { name: "default_transform", params: { size: SIDE } },
    split: "train",
    channels: 1,
    classes: 2,
    target: "class",
    batchSize: examples.length,
    shuffle: false,
    seed: 7,
    workers: 0,
    onBroken: "fail",
    maxPixels: 1000,
    depth: 16,
    ...changes,
  });
  try {
    return (await Array.fromAsync(loader.batches(0)))[0]!.images;
  } finally {
    loader.close();
  }
}

/** Two pictures that differ in the low byte of every sample and in nothing else. */
function twins(): [DeepPixels, DeepPixels] {
  const one = randomDeep(1, SHAPE);
  return [one, { ...one, data: one.data.map((sample) => sample ^ 0xff) }];
}

const OPERATIONS = [["Rotate", { p: 1 }], ["Blur", { p: 1 }], ["RandomGamma", { p: 1 }]];

describe("data.depth", () => {
  beforeEach(async () => void (folder = await Deno.makeTempDir()));
  afterEach(() => Deno.remove(folder, { recursive: true }));

  it("16 gives pictures that differ in low bytes alone as different inputs, 8 as the same", async () => {
    const examples = await Promise.all(twins().map((pixels, i) => write(`${i}.tif`, grayTiff(pixels))));
    const length = SIDE * SIDE;
    const halves = async (depth: Depth) => {
      const images = await inputs(examples, { depth });
      return [images.slice(0, length), images.slice(length)];
    };
    const [high, same] = await halves(8);
    assertEquals(high, same);
    const [one, other] = await halves(16);
    assert(one!.every((value, i) => value !== other![i]));
  });

  it("16 gives what float64 gives, rounded to float32, by every normalisation", async () => {
    const pixels = randomDeep(2, SHAPE), levels = Array.from(pixels.data, (sample) => sample / 257);
    const examples = [await write("a.tif", grayTiff(pixels))];
    const mean = levels.reduce((sum, level) => sum + level, 0) / levels.length;
    const variance = levels.reduce((sum, level) => sum + (level - mean) ** 2, 0) / levels.length;
    const cases = [
      [{}, 127.5, 255],
      [{ mean_std: [[31.5], [64.25]] }, 31.5, 64.25],
      [{ per_image_norm: true }, mean, Math.sqrt(variance) + 1e-7],
    ] as const;
    for (const [params, center, divisor] of cases) {
      const transform = { name: "default_transform", params: { size: SIDE, ...params } };
      const images = await inputs(examples, { transform });
      for (const [i, level] of levels.entries()) {
        const expected = (level - center) / divisor;
        assert(Math.abs(images[i]! - expected) <= 2 ** -23 * Math.max(1, Math.abs(expected)));
      }
    }
  });

  it("16 gives 8-bit files the inputs that 8 gives, whatever reads them", async () => {
    const examples = [await write("a.png", await encodePng(randomPixels(3, { ...SHAPE, channels: 1 })))];
    const [deep, flat] = [await inputs(examples), await inputs(examples, { depth: 8 })];
    for (const [i, value] of flat.entries()) assert(Math.abs(value - deep[i]!) < 1e-7);
    for (const mode of ["faithful", "fast"]) {
      const transform = { name: "pipeline", params: { size: 9, mode, operations: OPERATIONS } };
      const [fine, coarse] = [
        await inputs(examples, { transform }),
        await inputs(examples, { transform, depth: 8 }),
      ];
      assertNotEquals(fine, coarse);
      // Three operations and a resize, each rounded to a level of 255.
      for (const [i, value] of coarse.entries()) assert(Math.abs(value - fine[i]!) < 6 / 255, `${mode} ${i}`);
      assertEquals(await inputs(examples, { transform, workers: 1 }), fine);
    }
  });

  it("16 keeps both bytes in the image cache, which serves no other depth", async () => {
    const pixels = randomDeep(4, SHAPE), cache = join(folder, "cache");
    const examples = [await write("a.tif", grayTiff(pixels))];
    const request = { folder: cache, images: examples, channels: 1, maxPixels: 1000, size: null };
    await buildImageCache({ ...request, depth: 16 });
    const opened = await openImageCache(cache, 1, { depth: 16 });
    const read = await opened.read(examples[0]!);
    opened.close();
    assert(read !== null && isDeep(read));
    assertEquals(read, pixels);
    assertEquals(await inputs(examples, { cache }), await inputs(examples));
    await assertRejects(() => inputs(examples, { cache, depth: 8 }), Problem, "it has 16 bits a sample");
    assertEquals((await buildImageCache(request)).index.depth, 8);
    await assertRejects(() => inputs(examples, { cache }), Problem, "it has 8 bits a sample");
  });

  it("16 refuses what works at 8 bits alone, and names what works", async () => {
    const examples = [await write("a.tif", grayTiff(randomDeep(5, SHAPE)))];
    const operations = [["Rotate", { p: 1 }], ["CLAHE", { p: 1 }]];
    const transform = { name: "pipeline", params: { size: SIDE, operations } };
    const problem = await assertRejects(() => inputs(examples, { transform }), Problem, "Cannot use CLAHE");
    assertEquals(problem.kind, "config");
    for (const name of ["Rotate", "ElasticTransform", "RandomGamma"]) {
      assertStringIncludes(problem.message, name);
    }
    assert(!problem.message.includes("HueSaturationValue"));
    const own = { name: "two_views", params: {} }, plugins = ["tests/fixtures/plugins/two_views.ts"];
    await assertRejects(() => inputs(examples, { transform: own, plugins }), Problem, '"two_views"');
  });
});
