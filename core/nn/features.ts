import type * as tf from "@tensorflow/tfjs";
import { GlobalAveragePool } from "./layers/pooling.ts";

/**
 * The last feature map of a model, `[batch, height, width, channels]`: what the global average pool in front of its
 * main output takes. Wrappers put another head on it.
 *
 * @throws RangeError when the main output does not come from one
 */
export function lastFeatures(model: tf.LayersModel): tf.SymbolicTensor {
  let tensor: tf.SymbolicTensor | undefined = model.outputs[0];
  while (tensor) {
    if (tensor.sourceLayer instanceof GlobalAveragePool) return tensor.inputs[0]!;
    tensor = tensor.inputs[0];
  }
  throw new RangeError(`The model ${model.name} has no global average pool in front of its output`);
}

/** Frees the layers of a model that another model made from its features does not use. */
export function disposeUnused(model: tf.LayersModel, user: tf.LayersModel): void {
  const used = new Set(user.layers);
  for (const layer of model.layers) if (!used.has(layer)) layer.dispose();
}
