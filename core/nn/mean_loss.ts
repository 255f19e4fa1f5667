import * as tf from "@tensorflow/tfjs";

/** Losses of a batch, one each logit or each row, and their slopes by logit. */
export interface LossWithSlope {
  readonly losses: tf.Tensor;
  /** `[batch, classes]` */
  readonly slope: tf.Tensor;
}

/**
 * The mean of a loss whose gradient is known in closed form: the slopes are computed beside the losses and share what
 * both need, so that the backward pass is a single multiplication. Composed losses take two or three operations there
 * for each one forward.
 *
 * @param logits `[batch, classes]`
 * @param compute runs without recording gradients; its intermediate tensors are disposed
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import * as tf from "@tensorflow/tfjs";
 * await tf.setBackend("cpu");
 * const halves = (x: tf.Tensor) => meanLoss(x as tf.Tensor2D, (x) => ({ losses: x.square().div(2), slope: x }));
 * const { value, grad } = tf.valueAndGrad(halves)(tf.tensor2d([[1, -3]]));
 * assertEquals([...value.dataSync(), ...grad.dataSync()], [2.5, 0.5, -1.5]);
 * ```
 */
export function meanLoss(logits: tf.Tensor2D, compute: (logits: tf.Tensor2D) => LossWithSlope): tf.Scalar {
  const operation = tf.customGrad((input, save) => {
    const { losses, slope } = compute(input as tf.Tensor2D);
    (save as tf.GradSaveFunc)([slope.mul(1 / losses.size)]);
    return {
      value: losses.mean(),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => saved[0]!.mul(dy),
    };
  });
  return operation(logits) as tf.Scalar;
}
