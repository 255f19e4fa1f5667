import type * as tf from "@tensorflow/tfjs";
import { AttentionPool } from "./layers/attention_pool.ts";
import { ModuleLayer } from "./layers/module_layer.ts";
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

/**
 * What the classifier in front of a model's main output takes, `[batch, features]`: the input of its last layer with
 * parameters, of maps (as in front of an attention head) their mean over all positions.
 *
 * @throws RangeError when no layer with parameters, or one that takes neither features nor maps, makes the main output
 */
export function pooledFeatures(model: tf.LayersModel): tf.SymbolicTensor {
  let tensor: tf.SymbolicTensor | undefined = model.outputs[0];
  while (tensor && !(tensor.sourceLayer instanceof ModuleLayer && tensor.sourceLayer.parameters.size > 0)) {
    tensor = tensor.inputs[0];
  }
  const features = tensor?.inputs[0];
  if (features?.shape.length === 2) return features;
  if (features?.shape.length !== 4) throw new RangeError(`The model ${model.name} has no pooled features`);
  return new GlobalAveragePool({ name: "pooled_features" }).apply(features) as tf.SymbolicTensor;
}

/** What a model sees last of where things are. */
export interface LastMap {
  /** The last feature map, or what the attention head in front of the main output weights positions by. */
  readonly kind: "features" | "attention";
  /** `[batch, height, width, channels]`, of attention `[batch, height, width, classes]`. */
  readonly tensor: tf.SymbolicTensor;
}

/**
 * The last map in front of a model's main output: an attention head's, else what a global average pools, else the last
 * tensor with rows and columns; null when there is none behind the input.
 */
export function lastMap(model: tf.LayersModel): LastMap | null {
  let tensor: tf.SymbolicTensor | undefined = model.outputs[0];
  let last: LastMap | null = null;
  while (tensor && !model.inputs.includes(tensor)) {
    const { sourceLayer, inputs, shape }: tf.SymbolicTensor = tensor;
    if (sourceLayer instanceof AttentionPool) return { kind: "attention", tensor: inputs[1]! };
    // A head may go on with the single position that a global average leaves: that is no map.
    if (sourceLayer instanceof GlobalAveragePool) return { kind: "features", tensor: inputs[0]! };
    if (shape.length === 4) last ??= { kind: "features", tensor };
    tensor = inputs[0];
  }
  return last;
}

/** Disposes the layers of `model` that are not part of `user`, a model built on its features. */
export function disposeUnused(model: tf.LayersModel, user: tf.LayersModel): void {
  const used = new Set(user.layers);
  for (const layer of model.layers) if (!used.has(layer)) layer.dispose();
}
