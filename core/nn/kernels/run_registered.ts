import * as tf from "@tensorflow/tfjs";

/** Runs the current backend's kernel of a name; null when it has none. */
export function runRegistered(name: string, inputs: object, attributes: object): tf.Tensor[] | null {
  if (!tf.getKernel(name, tf.getBackend())) return null;
  return tf.engine().runKernel(
    name,
    inputs as tf.NamedTensorMap,
    attributes as tf.NamedAttrMap,
  ) as tf.Tensor[];
}
