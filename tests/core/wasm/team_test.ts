import * as tf from "@tensorflow/tfjs";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { groupedConv2d } from "../../../core/nn/kernels/grouped_conv.ts";
import { JOB_LENGTH, readJob, writeJob } from "../../../core/wasm/job.ts";
import { withSharedMemory } from "../../../core/wasm/shared_memory.ts";
import { startWasm } from "../../../core/wasm/start.ts";
import { productShape } from "../../../core/wasm/walk.ts";

// The threads outlive a test, as they do a call.
const options = { sanitizeOps: false, sanitizeResources: false };

interface Case {
  readonly size: number;
  readonly channels: number;
  readonly filters: number;
  readonly kernel: number;
  readonly stride?: number;
  readonly groups?: number;
  readonly batch?: number;
}

/** Each is parted another way: rows, columns, patches, groups, positions fewer than threads. */
const CASES: readonly Case[] = [
  { size: 33, channels: 16, filters: 24, kernel: 3, batch: 5 },
  { size: 33, channels: 16, filters: 24, kernel: 3, stride: 2, batch: 5 },
  { size: 4, channels: 64, filters: 100, kernel: 3, batch: 5 },
  { size: 65, channels: 3, filters: 20, kernel: 7, stride: 2, batch: 2 },
  { size: 17, channels: 48, filters: 96, kernel: 3, groups: 12, batch: 9 },
  { size: 33, channels: 32, filters: 64, kernel: 3, groups: 2, batch: 3 },
  { size: 1, channels: 256, filters: 512, kernel: 1, batch: 40 },
];

function results(
  { size, channels, filters, kernel, stride = 1, groups = 1, batch = 2 }: Case,
): Float32Array[] {
  return tf.tidy(() => {
    const x = tf.randomNormal([batch, size, size, channels], 0, 1, "float32", 1);
    const filter = tf.randomNormal([kernel, kernel, channels / groups, filters], 0, 1, "float32", 2);
    const side = (kernel - 1) / 2, padding = [side, side, side, side] as const;
    const convolve = (a: tf.Tensor, b: tf.Tensor): tf.Tensor =>
      groupedConv2d(a as tf.Tensor4D, b as tf.Tensor4D, { groups, strides: [stride, stride], padding });
    const y = convolve(x, filter), dy = tf.randomNormal(y.shape, 0, 1, "float32", 3);
    const [dx, dw] = tf.grads((a, b) => convolve(a, b).mul(dy).sum())([x, filter]);
    return [y, dx!, dw!].map((tensor) => tensor.dataSync() as Float32Array);
  });
}

Deno.test({ ...options, name: "any number of threads gives the same bits" }, async (context) => {
  await startWasm(1);
  const expected = CASES.map(results);
  for (const threads of [2, 5]) {
    assert((await startWasm(threads)).includes(`${threads} threads`));
    for (const [index, at] of CASES.entries()) {
      await context.step(`${threads} threads, ${JSON.stringify(at)}`, () => {
        assertEquals(results(at), expected[index]);
      });
    }
  }
  assert((await startWasm()).includes("one thread"));
});

Deno.test("a job is read as it was written", () => {
  const job = {
    kind: "convolveBack",
    shape: productShape(3, 4, 5),
    places: { x: 64, filter: 3e9, y: 128 },
  } as const;
  const numbers = new Int32Array(JOB_LENGTH);
  writeJob(job, numbers);
  assertEquals(readJob(numbers), job);
});

Deno.test("a memory is declared shared by one bit, and only where there is one", () => {
  const magic = [0, 97, 115, 109, 1, 0, 0, 0];
  const binary = Uint8Array.of(...magic, 1, 1, 0, 5, 4, 1, 1, 1, 9);
  assert(WebAssembly.validate(binary) && WebAssembly.validate(withSharedMemory(binary)));
  assertEquals([...withSharedMemory(binary)], [...magic, 1, 1, 0, 5, 4, 1, 3, 1, 9]);
  assertThrows(() => withSharedMemory(Uint8Array.from(magic)), Error, "declares no memory");
});
