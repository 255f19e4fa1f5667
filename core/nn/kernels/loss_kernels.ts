import * as tf from "@tensorflow/tfjs";
import { runRegistered } from "./run_registered.ts";

/**
 * Parts of losses as kernels. A backend may register one fused kernel for each name (one launch and one pass over memory
 * instead of a dozen); where none is registered, the same arithmetic runs composed from ordinary operations.
 *
 * A registered kernel gets the inputs and attributes below and returns one output for each entry of its `outputs` list,
 * of the inputs' shapes and float32. It may write in place and return its inputs only where no other tensor shares their
 * memory; otherwise it returns new tensors. The caller assigns the results.
 */

/** `log(1 + exp(x))` without loss of small results: input `x`, output of its shape. */
export const SOFTPLUS_KERNEL = "PodiumSoftplus";

/**
 * Softmax cross entropy: inputs `logits` and `targets` `[batch, classes]`, outputs `[losses, slopes]`: `[batch]`, and
 * `softmax(logits) - targets`, the slope of each loss where its targets sum to 1.
 */
export const SOFTMAX_LOSS_KERNEL = "PodiumSoftmaxCrossEntropy";

/** `log(1 + exp(x))`, any shape; no gradient of its own. */
export function applySoftplus(x: tf.Tensor): tf.Tensor {
  const made = runRegistered(SOFTPLUS_KERNEL, { x }, {});
  return made ? made[0]! : tf.tidy(() => tf.add(x.relu(), x.abs().neg().exp().log1p()));
}

/** Softmax cross entropy and its slope, see {@link SOFTMAX_LOSS_KERNEL}; no gradient of its own. */
export function applySoftmaxLoss(logits: tf.Tensor2D, targets: tf.Tensor2D): tf.Tensor[] {
  return runRegistered(SOFTMAX_LOSS_KERNEL, { logits, targets }, {}) ??
    tf.tidy(() => composedSoftmaxLoss(logits, targets));
}

/** {@link applySoftmaxLoss} composed from ordinary operations. */
export function composedSoftmaxLoss(logits: tf.Tensor2D, targets: tf.Tensor2D): tf.Tensor[] {
  const logarithms = tf.logSoftmax(logits);
  return [targets.mul(logarithms).sum(1).neg(), logarithms.exp().sub(targets)];
}
