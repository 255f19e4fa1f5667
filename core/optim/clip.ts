import * as tf from "@tensorflow/tfjs";

/** PyTorch's guard against a norm of 0. */
const EPSILON = 1e-6;

/**
 * Shortens gradients to a length: all are scaled alike when their common Euclidean norm is above `longest`. Nothing is
 * read back. The given tensors are disposed; the caller disposes the result.
 *
 * Source: Pascanu et al., "On the difficulty of training recurrent neural networks", 2013; torch.nn.utils.clip_grad_norm_.
 */
export function clipGradients(
  gradients: Record<string, tf.Tensor>,
  longest: number,
): Record<string, tf.Tensor> {
  const clipped = tf.tidy(() => {
    const squares = Object.values(gradients).map((gradient) => gradient.square().sum());
    const norm = tf.addN(squares).sqrt();
    const factor = tf.div(longest, norm.add(EPSILON)).minimum(1);
    return Object.fromEntries(
      Object.entries(gradients).map(([name, gradient]) => [name, gradient.mul(factor)]),
    );
  });
  tf.dispose(gradients);
  return clipped;
}
