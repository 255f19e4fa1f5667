import * as tf from "@tensorflow/tfjs";
import { BATCH_NORM_GRAD, BATCH_NORM_TRAIN, runKernel } from "./layer_kernels.ts";

/** What batch normalisation in training reads: `x` with channels last, the rest `[channels]`. */
export interface BatchNormInputs {
  readonly x: tf.Tensor;
  readonly scale: tf.Tensor;
  readonly offset: tf.Tensor;
  readonly runningMean: tf.Tensor;
  readonly runningVar: tf.Tensor;
}

/** Settings of one pass. */
export interface BatchNormSettings {
  /** Added to the variance before its root. */
  readonly epsilon: number;
  /** The weight of this batch in the running statistics. */
  readonly momentum: number;
}

/** What one pass gives; the running statistics are new tensors for the caller to assign. */
export interface BatchNormResult {
  readonly y: tf.Tensor;
  readonly runningMean: tf.Tensor;
  readonly runningVar: tf.Tensor;
}

function gradient(
  dys: tf.Tensor | tf.Tensor[],
  saved: tf.Tensor[],
  attributes: object,
): Record<string, () => tf.Tensor> {
  const dy = (dys as tf.Tensor[])[0]!;
  const [x, scale, ...others] = saved;
  const named = Object.fromEntries(others.map((tensor, index) => [`saved${index}`, tensor]));
  const [dx, dscale, doffset] = runKernel(BATCH_NORM_GRAD, { dy, x, scale, ...named }, attributes);
  return { x: () => dx!, scale: () => dscale!, offset: () => doffset! };
}

tf.registerGradient({
  kernelName: BATCH_NORM_TRAIN,
  inputsToSave: ["x", "scale"],
  outputsToSave: [false, false, false, true, true, true],
  gradFunc: (dys, saved, attributes) => gradient(dys, saved, attributes),
});

/**
 * Batch normalisation as PyTorch trains it: `y` uses the biased variance of this batch, the running variance takes up
 * the unbiased one. Differentiable in `x`, `scale` and `offset`. With one value per channel the variance counts as 0
 * (PyTorch refuses such a batch; an epoch may end with one).
 *
 * Source: Ioffe and Szegedy, "Batch normalization", 2015; torch.nn.functional.batch_norm.
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import * as tf from "@tensorflow/tfjs";
 * await tf.setBackend("cpu");
 * const [scale, offset, runningMean, runningVar] = [tf.ones([1]), tf.zeros([1]), tf.zeros([1]), tf.ones([1])];
 * const x = tf.tensor2d([[1], [3]]);
 * const made = batchNormTraining({ x, scale, offset, runningMean, runningVar }, { epsilon: 0, momentum: 0.1 });
 * assertAlmostEquals(made.y.dataSync()[1]!, 1, 1e-6); // (3 - 2) / sqrt(1)
 * assertAlmostEquals(made.runningVar.dataSync()[0]!, 0.9 * 1 + 0.1 * 2, 1e-6); // unbiased variance 2
 * ```
 */
export function batchNormTraining(inputs: BatchNormInputs, settings: BatchNormSettings): BatchNormResult {
  const [y, runningMean, runningVar] = runKernel(BATCH_NORM_TRAIN, inputs, settings);
  return { y: y!, runningMean: runningMean!, runningVar: runningVar! };
}
