import type * as tf from "@tensorflow/tfjs";
import { configProblem } from "../base/problem.ts";
import { AttentionPool } from "./layers/attention_pool.ts";
import { ModuleLayer } from "./layers/module_layer.ts";
import { GlobalAveragePool } from "./layers/pooling.ts";
import { SelfAttention } from "./layers/self_attention.ts";

/**
 * The last feature map of a model, `[batch, height, width, channels]`: the input of the global average pool in front of
 * its main output. Models that wrap another one put their own head on it.
 *
 * @throws Problem (config) when there is no global average pool in front of the main output
 */
export function lastFeatures(model: tf.LayersModel): tf.SymbolicTensor {
  let tensor: tf.SymbolicTensor | undefined = model.outputs[0];
  while (tensor) {
    if (tensor.sourceLayer instanceof GlobalAveragePool) return tensor.inputs[0]!;
    tensor = tensor.inputs[0];
  }
  throw configProblem(
    `Cannot put another head on the model ${model.name}: it has no global average pool in front of its output`,
    "Take a convolutional model",
  );
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
  /**
   * The last feature map, what the attention head in front of the main output weights positions by, or the tokens that
   * the last self-attention reads.
   */
  readonly kind: "features" | "attention" | "tokens";
  /** `[batch, height, width, channels]`, of attention `[batch, height, width, classes]`, `[batch, tokens, channels]`. */
  readonly tensor: tf.SymbolicTensor;
  readonly rows: number;
  readonly cols: number;
}

/**
 * The last map in front of a model's main output: an attention head's, else what a global average pools, else the last
 * tensor with rows and columns, or the last tokens of a transformer that decide its class token; null when there is none
 * behind the input. Of the tokens the last `rows * cols` lie in the picture.
 */
export function lastMap(model: tf.LayersModel): LastMap | null {
  let tensor: tf.SymbolicTensor | undefined = model.outputs[0];
  let last: LastMap | null = null;
  while (tensor && !model.inputs.includes(tensor)) {
    const { sourceLayer, inputs, shape }: tf.SymbolicTensor = tensor;
    if (sourceLayer instanceof AttentionPool) return spatialMap("attention", inputs[1]!);
    // A head may go on with the single position that a global average leaves: that is no map.
    if (sourceLayer instanceof GlobalAveragePool) return spatialMap("features", inputs[0]!);
    if (shape.length === 4) last ??= spatialMap("features", tensor);
    if (sourceLayer instanceof SelfAttention) return last ?? tokenMap(inputs[0]!.inputs[0]!, sourceLayer);
    tensor = inputs[0];
  }
  return last;
}

function spatialMap(kind: "features" | "attention", tensor: tf.SymbolicTensor): LastMap {
  const [, rows, cols] = tensor.shape as [null, number, number];
  return { kind, tensor, rows, cols };
}

function tokenMap(tensor: tf.SymbolicTensor, { options }: SelfAttention): LastMap {
  const side = Math.sqrt(tensor.shape[1]! - options.prefix);
  return { kind: "tokens", tensor, rows: side, cols: side };
}

/** Disposes the layers of `model` that are not part of `user`, a model built on its features. */
export function disposeUnused(model: tf.LayersModel, user: tf.LayersModel): void {
  const used = new Set(user.layers);
  for (const layer of model.layers) if (!used.has(layer)) layer.dispose();
}
