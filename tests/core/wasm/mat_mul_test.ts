import * as tf from "@tensorflow/tfjs";
import { assert, assertEquals } from "@std/assert";
import { startWasm } from "../../../core/wasm/start.ts";

/** Shapes of two stacks of matrices as they enter the product. */
const SHAPES: readonly (readonly [a: number[], b: number[]])[] = [
  [[1, 1], [1, 1]],
  [[13, 7], [7, 9]],
  [[16, 700], [700, 28]],
  [[5000, 8], [8, 3]],
  [[2, 3, 6, 4], [2, 3, 4, 8]],
  [[3, 6, 4], [1, 4, 8]],
  [[1, 6, 4], [3, 4, 8]],
  [[3, 1, 6, 4], [2, 4, 8]],
];

function turned(shape: readonly number[]): number[] {
  return [...shape.slice(0, -2), shape.at(-1)!, shape.at(-2)!];
}

for (const [first, second] of SHAPES) {
  for (const [transposeA, transposeB] of [[false, false], [true, false], [false, true], [true, true]]) {
    const name = `[${first}]${transposeA ? " turned" : ""} times [${second}]${transposeB ? " turned" : ""}`;
    Deno.test(`${name} equals the cpu backend's product`, async () => {
      const stack = tf.broadcast_util.assertAndGetBroadcastShape(first.slice(0, -2), second.slice(0, -2));
      // The cpu backend goes wrong where both stacks stretch, so it gets stretched ones.
      const stretch = (x: tf.Tensor) =>
        tf.getBackend() === "cpu" ? tf.broadcastTo(x, [...stack, ...x.shape.slice(-2)]) : x;
      const product = () =>
        tf.tidy(() => {
          const a = tf.randomNormal(transposeA ? turned(first) : first, 0, 1, "float32", 1);
          const b = tf.randomNormal(transposeB ? turned(second) : second, 0, 1, "float32", 2);
          const c = tf.matMul(stretch(a), stretch(b), transposeA, transposeB);
          return { shape: c.shape, values: c.dataSync() };
        });
      await tf.setBackend("cpu");
      const expected = product();
      await startWasm();
      const actual = product();
      assertEquals(actual.shape, expected.shape);
      actual.values.forEach((value, i) => assert(Math.abs(value - expected.values[i]!) <= 1e-4, `${i}`));
    });
  }
}
