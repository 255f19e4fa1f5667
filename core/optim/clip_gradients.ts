import * as tf from "@tensorflow/tfjs";

/** As in PyTorch, avoids division by a norm of 0. */
const EPSILON = 1e-6;

/**
 * Clips gradients by their global L2 norm: scales all by the same factor when the norm exceeds `longest`. Runs on the
 * backend without reading back. Disposes the given tensors; the caller disposes the result.
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
