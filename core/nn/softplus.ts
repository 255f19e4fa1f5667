import * as tf from "@tensorflow/tfjs";
import { applySoftplus } from "./kernels/loss_kernels.ts";

/**
 * `log(1 + exp(x))` that neither overflows nor loses small results, with the gradient `sigmoid(x)`. Any shape.
 * TensorFlow.js's own softplus drops to `exp(x)` or rounds `1 + exp(x)` for negative x.
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import * as tf from "@tensorflow/tfjs";
 * await tf.setBackend("cpu");
 * const [small, large] = softplus(tf.tensor1d([-20, 100])).dataSync();
 * assertAlmostEquals(small!, 2.0611536e-9, 1e-15);
 * assertAlmostEquals(large!, 100, 1e-5);
 * ```
 */
export function softplus<Shape extends tf.Tensor>(x: Shape): Shape {
  return softplusOp(x) as Shape;
}

const softplusOp = tf.customGrad((input, save) => {
  const x = input as tf.Tensor;
  (save as tf.GradSaveFunc)([x]);
  return {
    value: applySoftplus(x),
    gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => dy.mul(saved[0]!.sigmoid()),
  };
});
