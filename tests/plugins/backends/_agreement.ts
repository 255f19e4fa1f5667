import * as tf from "@tensorflow/tfjs";
import { assert, assertEquals } from "@std/assert";
import { makeTrainee } from "./_training.ts";
import { loadPlugins } from "../../../core/plugin/registry.ts";
import { compute, difference, lossCases, OPERATIONS } from "./_operations.ts";

/** How far values and gradients may lie from those of the cpu backend. */
const TOLERANCE = 1e-4;

/** One step per operation: its values and gradients on a backend against those of the cpu backend. */
export async function operationsAgree(context: Deno.TestContext, backend: string): Promise<void> {
  const losses = lossCases(await loadPlugins([], ["losses"]));
  for (const operation of [...OPERATIONS, ...losses]) {
    await context.step(operation.name, async () => {
      await tf.setBackend("cpu");
      const wanted = await compute(operation);
      await tf.setBackend(backend);
      const actual = await compute(operation);
      const worst = Math.max(...wanted.map((values, index) => difference(actual[index]!, values)));
      assert(worst <= TOLERANCE, `differs from cpu by ${worst}`);
    });
  }
}

/** Training steps gather no tensors in TensorFlow.js, and none in the backend's own store. */
export async function keepsNothing(backend: string, nativeTensors: () => number = () => 0): Promise<void> {
  await tf.setBackend(backend);
  const trainee = makeTrainee({ size: 16, width: 2, batches: 2, count: 2 });
  const count = () => ({
    tensors: tf.memory().numTensors,
    native: nativeTensors(),
    buffers: tf.memory().numDataBuffers,
  });
  for (let step = 0; step < 4; step++) await trainee.step();
  const before = count();
  for (let step = 0; step < 20; step++) await trainee.step();
  assertEquals(count(), before);
  trainee.dispose();
}
