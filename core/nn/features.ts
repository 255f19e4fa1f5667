import type * as tf from "@tensorflow/tfjs";
import { GlobalAveragePool } from "./layers/pooling.ts";

/**
 * The last feature map of a model, `[batch, height, width, channels]`: the input of the global average pool in front of
 * its main output. Models that wrap another one put their own head on it.
 *
 * @throws RangeError when there is no global average pool in front of the main output
 */
export function lastFeatures(model: tf.LayersModel): tf.SymbolicTensor {
  let tensor: tf.SymbolicTensor | undefined = model.outputs[0];
  while (tensor) {
    if (tensor.sourceLayer instanceof GlobalAveragePool) return tensor.inputs[0]!;
    tensor = tensor.inputs[0];
  }
  throw new RangeError(`The model ${model.name} has no global average pool in front of its output`);
}

/** Disposes the layers of `model` that are not part of `user`, a model built on its features. */
export function disposeUnused(model: tf.LayersModel, user: tf.LayersModel): void {
  const used = new Set(user.layers);
  for (const layer of model.layers) if (!used.has(layer)) layer.dispose();
}
