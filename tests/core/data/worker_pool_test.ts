import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import type { Chunk, WorkerSetup } from "../../../core/data/messages.ts";
import { makePreparer } from "../../../core/data/prepare.ts";
import { WorkerPool } from "../../../core/data/worker_pool.ts";
import type { Example } from "../../../core/base/example.ts";
import { writeExamples } from "./_pictures.ts";

const SIZE = 16;
const COUNT = 120;
let folder = "";
let examples: Example[] = [];

async function makeExamples(): Promise<void> {
  folder = await Deno.makeTempDir();
  examples = await writeExamples(folder, COUNT);
}

function setupWith(transform: WorkerSetup["transform"]): WorkerSetup {
  const plugins = ["tests/fixtures/plugins/dying_transform.ts"];
  return {
    plugins,
    transform,
    views: null,
    split: "train",
    channels: 4,
    seed: 1,
    maxPixels: 1000,
    depth: 8,
    decoderParams: {},
    cache: null,
  };
}

const POLICY = {
  name: "policy_transform",
  params: { size: SIZE, policies: [[["Rotate", { p: 1 }], ["Blur", { p: 1 }]]] },
};

/** All examples in chunks of three, in one slot. */
function makeChunks(count: number): { slot: SharedArrayBuffer; chunks: Chunk[] } {
  const slot = new SharedArrayBuffer(COUNT * SIZE * SIZE * 4 * 4);
  const items = examples.slice(0, count).map((files, position) => ({ position, files }));
  const chunks: Chunk[] = [];
  for (let i = 0; i < count; i += 3) chunks.push({ epoch: 0, slot, items: items.slice(i, i + 3) });
  return { slot, chunks };
}

async function expectedSlot(): Promise<Uint8Array> {
  const { slot, chunks } = makeChunks(COUNT);
  const preparer = await makePreparer(setupWith(POLICY));
  for (const chunk of chunks) assertEquals(await preparer.prepare(chunk), []);
  return new Uint8Array(slot);
}

describe("WorkerPool", () => {
  beforeAll(makeExamples);
  afterAll(() => Deno.remove(folder, { recursive: true }));

  it("survives a worker killed 100 times in one epoch", async () => {
    const { slot, chunks } = makeChunks(COUNT);
    const pool = new WorkerPool(setupWith(POLICY), { workers: 2, patience: 20_000 });
    let answered = 0;
    const running = chunks.map((chunk) => pool.run(chunk).finally(() => answered++));
    const all = Promise.all(running);
    for (let kill = 0; kill < 100; kill++) {
      pool.replace(kill % 2);
      // Let the epoch move on now and then, so that kills hit it at every stage.
      const goal = Math.min(chunks.length, Math.floor(kill / 12));
      while (answered < goal) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    assertEquals((await all).flat(), []);
    // A worker that native code never answers, after the end of another, counts as one more death.
    assert(pool.replaced >= 100);
    pool.close();
    assertEquals(new Uint8Array(slot), await expectedSlot());
  });

  it("redoes the images of a worker that dies of an error or falls silent", async () => {
    for (const manner of ["error", "silence"]) {
      const marker = join(folder, `died of ${manner}`);
      const setup = setupWith({ name: "dying_transform", params: { manner, marker } });
      const pool = new WorkerPool(setup, { workers: 1, patience: 1500 });
      const { chunks } = makeChunks(6);
      assertEquals((await Promise.all(chunks.map((chunk) => pool.run(chunk)))).flat(), [], manner);
      assert(pool.replaced >= 1, manner);
      pool.close();
    }
  });

  it("gives up only the image over which every worker dies", async () => {
    const pool = new WorkerPool(setupWith({ name: "dying_transform", params: {} }), { workers: 2 });
    const { chunks } = makeChunks(3);
    const broken = (await Promise.all(chunks.map((chunk) => pool.run(chunk)))).flat();
    pool.close();
    assertEquals(broken.map(({ position }) => position), [0]);
    assert(broken[0]!.message.includes("image_000"));
    assert(broken[0]!.message.includes("made to die"));
  });

  it("ends with the message of a transform that throws", async () => {
    const setup = setupWith({ name: "dying_transform", params: { manner: "throw" } });
    const pool = new WorkerPool(setup, { workers: 2 });
    const { chunks } = makeChunks(3);
    await assertRejects(() => pool.run(chunks[0]!), Error, "a mistake in the transform");
    pool.close();
  });
});
