import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { type Batch, createLoader, type LoaderOptions } from "../../../core/data/loader.ts";
import type { Example } from "../../../core/base/example.ts";
import { Problem } from "../../../core/base/problem.ts";
import { writeExamples } from "./_pictures.ts";

let folder = "";
let examples: Example[] = [];

function optionsWith(changes: Partial<LoaderOptions>): LoaderOptions {
  return {
    examples,
    transform: { name: "default_transform", params: { size: 16 } },
    split: "train",
    channels: 4,
    classes: 3,
    target: "class_set",
    batchSize: 5,
    shuffle: true,
    seed: 7,
    workers: 0,
    onBroken: "fail",
    maxPixels: 10_000,
    ...changes,
  };
}

async function collect(
  changes: Partial<LoaderOptions>,
  at: { epoch?: number; start?: number } = {},
): Promise<Batch[]> {
  const loader = await createLoader(optionsWith(changes));
  try {
    return await Array.fromAsync(loader.batches(at.epoch ?? 0, at.start ?? 0));
  } finally {
    loader.close();
  }
}

async function withBroken(): Promise<Example[]> {
  const path = join(folder, "text.png");
  await Deno.writeTextFile(path, "no picture");
  return [...examples, { id: "broken", source: "train", files: [path], labels: [0] }];
}

async function makeExamples(): Promise<void> {
  folder = await Deno.makeTempDir();
  examples = await writeExamples(folder, 23);
}

function removeExamples(): Promise<void> {
  return Deno.remove(folder, { recursive: true });
}

describe("createLoader", () => {
  beforeAll(makeExamples);
  afterAll(removeExamples);

  it("takes an order of one's own, augments a repeated example anew, and the same for any worker count", async () => {
    const order = () => [examples[4]!, examples[4]!, examples[1]!, examples[4]!];
    const transform = {
      name: "policy_transform",
      params: { size: 16, policies: [[["Rotate", { limit: 90, p: 1 }]]] },
    };
    const [batches, byWorkers] = [
      await collect({ order, transform }),
      await collect({ order, transform, workers: 2 }),
    ];
    assertEquals(batches.flatMap(({ ids }) => ids), [4, 4, 1, 4].map((index) => examples[index]!.id));
    const length = 16 * 16 * 4;
    const views = [0, 1, 3].map((row) => batches[0]!.images.slice(row * length, (row + 1) * length).join());
    assertEquals(new Set(views).size, 3);
    assertEquals(byWorkers, batches);
  });

  it("gives every example once, the last batch smaller", async () => {
    const batches = await collect({});
    assertEquals(batches.map(({ count }) => count), [5, 5, 5, 5, 3]);
    assertEquals(batches.flatMap(({ ids }) => ids).sort(), examples.map(({ id }) => id));
    assertEquals(batches[4]!.images.length, 3 * 16 * 16 * 4);
    const first = examples.find(({ id }) => id === batches[0]!.ids[0])!;
    assertEquals([...batches[0]!.labels!.subarray(0, 3)].indexOf(1), first.labels![0]);
  });

  it("gives identical batches with 0, 1, 2 and 4 workers", async () => {
    const expected = await collect({});
    for (const workers of [1, 2, 4]) assertEquals(await collect({ workers }), expected, `${workers} workers`);
  });

  it("goes on in mid-epoch", async () => {
    const all = await collect({}, { epoch: 3 });
    assertEquals(await collect({ workers: 2 }, { epoch: 3, start: 2 }), all.slice(2));
  });

  it("changes the order with the epoch and keeps it by id without shuffle", async () => {
    const [first, second] = [await collect({}), await collect({}, { epoch: 1 })];
    assertNotEquals(first.map(({ ids }) => ids), second.map(({ ids }) => ids));
    const sorted = await collect({ shuffle: false, examples: [...examples].reverse() });
    assertEquals(sorted.flatMap(({ ids }) => ids), examples.map(({ id }) => id));
  });

  it("drops a last batch that is not full when asked", async () => {
    assertEquals((await collect({ dropLast: true })).map(({ count }) => count), [5, 5, 5, 5]);
  });

  it("can be left in mid-epoch and used again", async () => {
    const loader = await createLoader(optionsWith({ workers: 2 }));
    for await (const batch of loader.batches(0)) if (batch.index === 1) break;
    assertEquals(await Array.fromAsync(loader.batches(0)), await collect({}));
    loader.close();
  });
});

describe("createLoader with broken images", () => {
  beforeAll(makeExamples);
  afterAll(removeExamples);

  it("ends with a data problem that names the file", async () => {
    const broken = await withBroken();
    for (const workers of [0, 2]) {
      const error = await assertRejects(() => collect({ examples: broken, workers }), Problem, "text.png");
      assertEquals(error.exitCode, 3);
    }
  });

  it("leaves them out and reports each once", async () => {
    const reports: string[] = [];
    const loader = await createLoader(
      optionsWith({ examples: await withBroken(), onBroken: "skip", report: (line) => reports.push(line) }),
    );
    for (const epoch of [0, 1]) {
      const ids = (await Array.fromAsync(loader.batches(epoch))).flatMap((batch) => batch.ids);
      assertEquals(ids.length, 23);
    }
    loader.close();
    assertEquals(reports.length, 1);
    assert(reports[0]!.includes("text.png"));
  });

  it("refuses images over the pixel limit and missing files", async () => {
    await assertRejects(() => collect({ maxPixels: 100 }), Problem, "max_pixels");
    const missing: Example[] = [{ id: "a", source: "train", files: [join(folder, "gone.png")], labels: [0] }];
    await assertRejects(() => collect({ examples: missing }), Problem, "there is no such file");
  });

  it("explains an unknown transform", async () => {
    const transform = { name: "defualt_transform", params: {} };
    await assertRejects(() => collect({ transform }), Problem, "default_transform");
  });
});
