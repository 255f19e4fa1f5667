import type * as tf from "@tensorflow/tfjs";
import { withoutInitialValues } from "../../core/nn/layers/module_layer.ts";
import { permuteShape } from "../../core/nn/layers/parameter_layout.ts";
import { namedParameters, namedStatistics } from "../../core/nn/named_variables.ts";
import type { Registry } from "../../core/plugin/registry.ts";
import { loadModelWeights } from "../../core/weights/model_weights.ts";
import type { StoredTensor } from "../../core/weights/safetensors.ts";
import { formulaWeight } from "./formula.ts";

/** What a model is made for. */
export interface FormulaModelOptions {
  readonly size: number;
  readonly classes: number;
  readonly channels: number;
  readonly params?: Record<string, unknown>;
}

/** A registered model for pictures of a size, with the formula's weights; the caller disposes it. */
export function formulaModel(
  registry: Registry,
  name: string,
  { params = {}, ...options }: FormulaModelOptions,
): tf.LayersModel {
  const context = { ...options, seed: 1 };
  const model = (plugin: string, params: Readonly<Record<string, unknown>>): tf.LayersModel =>
    registry.get("models", plugin).create(params, { ...context, model });
  const made = withoutInitialValues(() => model(name, params));
  const tensors = new Map<string, StoredTensor>();
  for (const [key, { variable, layout }] of [...namedParameters(made), ...namedStatistics(made)]) {
    tensors.set(key, formulaWeight(key, permuteShape(variable.shape, layout.toTorch)));
  }
  loadModelWeights(made, tensors);
  return made;
}
