import * as tf from "@tensorflow/tfjs";
import { BatchNorm } from "./layers/batch_norm.ts";
import { ModuleLayer, type Parameter } from "./layers/module_layer.ts";

/** The layers of a model that stand for PyTorch modules, those of nested models included, in the order of the model. */
export function moduleLayers(model: tf.LayersModel): ModuleLayer[] {
  return model.layers.flatMap((layer) => {
    if (layer instanceof ModuleLayer) return [layer];
    return layer instanceof tf.LayersModel ? moduleLayers(layer) : [];
  });
}

function collect(model: tf.LayersModel, kind: "parameters" | "buffers"): Map<string, Parameter> {
  const found = new Map<string, Parameter>();
  for (const layer of moduleLayers(model)) {
    for (const [name, parameter] of layer[kind]) found.set(layer.tensorName(name), parameter);
  }
  return found;
}

function variablesOf(parameters: ReadonlyMap<string, Parameter>): Map<string, tf.Variable> {
  return new Map([...parameters].map(([name, { variable }]) => [name, variable]));
}

/** Trained parameters by PyTorch's names, with their layouts. */
export function namedParameters(model: tf.LayersModel): Map<string, Parameter> {
  return collect(model, "parameters");
}

/** Running statistics by PyTorch's names, with their layouts. */
export function namedStatistics(model: tf.LayersModel): Map<string, Parameter> {
  return collect(model, "buffers");
}

/**
 * The trainable parameters by PyTorch's names (`layer1.0.conv1.weight`), in the order of the model. They lie in
 * TensorFlow's layout: convolutions `[height, width, channels, filters]`, linear `[inputs, outputs]`.
 */
export function namedVariables(model: tf.LayersModel): Map<string, tf.Variable> {
  return variablesOf(new Map([...namedParameters(model)].filter(([, { variable }]) => variable.trainable)));
}

/** The running means and variances by PyTorch's names (`bn1.running_mean`). `batchNorms` has the counters. */
export function namedBuffers(model: tf.LayersModel): Map<string, tf.Variable> {
  return variablesOf(namedStatistics(model));
}

/** The batch normalisations by PyTorch's module names (`bn1`): statistics, momentum, `batchesTracked`. */
export function batchNorms(model: tf.LayersModel): Map<string, BatchNorm> {
  const layers = moduleLayers(model).filter((layer): layer is BatchNorm => layer instanceof BatchNorm);
  return new Map(layers.map((layer) => [layer.name, layer]));
}
