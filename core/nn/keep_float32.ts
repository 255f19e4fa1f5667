import * as tf from "@tensorflow/tfjs";
import { runRegistered } from "./kernels/run_registered.ts";

/** Input `x`, output the same; only backends that compute in half precision register it. */
export const KEEP_FLOAT32_KERNEL = "PodiumKeepFloat32";

function kept(x: tf.Tensor): tf.Tensor {
  return runRegistered(KEEP_FLOAT32_KERNEL, { x }, {})?.[0] ?? x.clone();
}

const keep = tf.customGrad((x) => ({ value: kept(x as tf.Tensor), gradFunc: (dy: tf.Tensor) => kept(dy) }));

/**
 * The same values, behind which a step in half precision computes in float32: what comes after it (a loss) and the
 * gradient that comes back to it.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import * as tf from "@tensorflow/tfjs";
 * await tf.setBackend("cpu");
 * assertEquals(keepFloat32(tf.tensor1d([1, 2])).arraySync(), [1, 2]);
 * ```
 */
export function keepFloat32<Shape extends tf.Tensor>(x: Shape): Shape {
  return keep(x) as Shape;
}
