import * as tf from "@tensorflow/tfjs";
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { operationsTo } from "../../../core/nn/model_graph.ts";
import { runOperations } from "../../../core/nn/run_operations.ts";

await tf.setBackend("cpu");

/** Adds one, and notes how many tensors there are before it does. */
class Counting extends tf.layers.Layer {
  /** @nocollapse */
  static readonly className: string = "Counting";

  constructor(readonly seen: number[]) {
    super({});
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    this.seen.push(tf.memory().numTensors);
    return tf.add(Array.isArray(inputs) ? inputs[0]! : inputs, 1);
  }
}

/** A chain of layers, each of which adds one, and the sum of the third and the last. */
function chain(length: number) {
  const seen: number[] = [], input = tf.input({ shape: [2] });
  const steps = [input];
  for (let i = 0; i < length; i++) {
    steps.push(new Counting(seen).apply(steps.at(-1)!) as tf.SymbolicTensor);
  }
  const sum = tf.layers.add().apply([steps[3]!, steps.at(-1)!]) as tf.SymbolicTensor;
  return { input, steps, sum, seen };
}

describe("operations", () => {
  const { input, steps, sum, seen } = chain(9);
  const value = tf.tensor2d([[1, 2]]);
  const known = new Map([[input.id, value]]);
  const args = { training: false };

  it("are those between what is known and what is wanted", () => {
    assertEquals(operationsTo([sum], [input]).length, 10);
    assertEquals(operationsTo([steps[5]!], [steps[2]!]).map(({ output }) => output), steps.slice(3, 6));
    assertEquals(operationsTo([input], [input]), []);
  });
  it("give the values that are wanted and keep none after its last use", () => {
    seen.length = 0;
    const before = tf.memory().numTensors;
    const found = runOperations(operationsTo([sum], [input]), { known, args, wanted: [sum, steps[1]!] });
    assertEquals(found.map((tensor) => tensor.arraySync()), [[[14, 16]], [[2, 3]]]);
    assertEquals(tf.memory().numTensors, before + 2);
    // The first value is wanted, the third is added at the end; beside them one is handed on.
    assertEquals(seen.map((count) => count - before), [0, 1, 2, 2, 3, 3, 3, 3, 3]);
    tf.dispose(found);
    assertEquals(value.isDisposed, false);
  });
  it("have gradients", () => {
    const operations = operationsTo([sum], [steps[2]!]);
    const slope = tf.grad((x) =>
      runOperations(operations, { known: new Map([[steps[2]!.id, x]]), args, wanted: [sum] })[0]!
    );
    const made = slope(value);
    assertEquals(made.arraySync(), [[2, 2]]);
    made.dispose();
  });
});
