import * as tf from "@tensorflow/tfjs";
import { assert } from "@std/assert";
import { compute, difference, OPERATIONS } from "./_operations.ts";

/** How far values and gradients may lie from those of the cpu backend. */
const TOLERANCE = 1e-4;

/** One step per operation: its values and gradients on a backend against those of the cpu backend. */
export async function operationsAgree(context: Deno.TestContext, backend: string): Promise<void> {
  for (const operation of OPERATIONS) {
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
