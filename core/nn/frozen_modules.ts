import type * as tf from "@tensorflow/tfjs";
import { ModuleLayer } from "./layers/module_layer.ts";
import { moduleLayers } from "./named_variables.ts";
import { configProblem, suggestName } from "../base/problem.ts";

function isBelow(module: string, name: string): boolean {
  return module === name || module.startsWith(`${name}.`);
}

/** Every name that `freeze` may hold: modules and the modules around them. */
function freezableNames(modules: readonly string[]): string[] {
  const names = modules.flatMap((module) => {
    const parts = module.split(".");
    return parts.map((_, index) => parts.slice(0, index + 1).join("."));
  });
  return [...new Set(names)];
}

/**
 * Freezes modules by PyTorch's names, each with all below it: their parameters are not trained and their batch
 * normalisations read their statistics instead of moving them.
 *
 * @throws Problem (config) when a name is not in the model, or nothing would be left to train
 */
export function freezeModules(model: tf.LayersModel, names: readonly string[]): void {
  const layers = moduleLayers(model).filter((layer) => layer.parameters.size > 0);
  const known = freezableNames(layers.map((layer) => layer.name));
  for (const name of names) {
    if (!known.includes(name)) {
      throw configProblem(`Cannot freeze "${name}": no such module; ${suggestName(name, known)}`);
    }
  }
  const frozen = layers.filter((layer) => names.some((name) => isBelow(layer.name, name)));
  if (frozen.length === layers.length) {
    throw configProblem(
      "Cannot freeze the whole model: nothing is left to train",
      "Shorten model.params.freeze",
    );
  }
  for (const layer of frozen) layer.trainable = false;
}

/** The last layers with parameters on each path to an output: the classification head. */
export function headModules(model: tf.LayersModel): Set<string> {
  const found = new Set<string>();
  const seen = new Set<number>();
  const visit = (tensor: tf.SymbolicTensor): void => {
    if (seen.has(tensor.id)) return;
    seen.add(tensor.id);
    const layer = tensor.sourceLayer;
    if (layer instanceof ModuleLayer && layer.parameters.size > 0) found.add(layer.name);
    else for (const input of tensor.inputs) visit(input);
  };
  for (const output of model.outputs) visit(output);
  return found;
}

/** What the learning rate of a parameter is multiplied by when the backbone learns at `factor` of the head's rate. */
export function backboneFactor(model: tf.LayersModel, factor: number): (parameter: string) => number {
  const heads = [...headModules(model)];
  return (parameter) => heads.some((head) => isBelow(parameter, head)) ? 1 : factor;
}
