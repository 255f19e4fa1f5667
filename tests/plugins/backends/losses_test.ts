import * as tf from "@tensorflow/tfjs";
import { assert, assertLess } from "@std/assert";
import { loadPlugins } from "../../../core/plugin/registry.ts";
import { needing } from "../../_needing.ts";
import { loadTensorflowFirst } from "../../core/tensorflow/_native.ts";
import { makeTrainee } from "./_training.ts";

const registry = await loadPlugins([], ["backends"]);

const STEPS = 20;
const TOLERANCE = 1e-3;

/** An odd size, so that padding at stride 2 matters; batches large enough for a steady normalisation. */
async function firstLosses(): Promise<number[]> {
  const trainee = makeTrainee({ size: 33, width: 4, batches: 4, count: 6 });
  const losses: number[] = [];
  for (let step = 0; step < STEPS; step++) losses.push(await trainee.step());
  trainee.dispose();
  return losses;
}

const options = { sanitizeOps: false, sanitizeResources: false };

Deno.test(
  { ...options, name: "the first 20 losses of a run agree between the backends" },
  async (context) => {
    await loadTensorflowFirst();
    await tf.setBackend("cpu");
    const wanted = await firstLosses();
    const start = wanted.slice(0, 4).reduce((sum, loss) => sum + loss),
      end = wanted.slice(-4).reduce((a, b) => a + b);
    assertLess(end, start, "the run learns");
    for (const name of ["tensorflow", "webgpu", "wasm"]) {
      const backend = registry.get("backends", name).create({}, { threads: 1 });
      const reason = await backend.unavailable();
      await context.step({
        ...needing(name, reason),
        fn: async () => {
          await backend.start();
          const actual = await firstLosses();
          const worst = Math.max(...wanted.map((loss, step) => Math.abs(actual[step]! - loss) / loss));
          assert(worst < TOLERANCE, `differs from cpu by ${worst}: ${actual} instead of ${wanted}`);
        },
      });
    }
  },
);
