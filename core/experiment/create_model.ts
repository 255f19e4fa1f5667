import type { Config } from "../config/schema.ts";
import { namedParameters } from "../nn/named_variables.ts";
import type { Model, ModelContext } from "../plugin/contracts.ts";
import type { Registry } from "../plugin/registry.ts";
import { splitWeightOptions } from "../weights/weight_options.ts";

/** What a model must fit: the classes, the channels and the side of its input. */
export type ModelSize = Pick<ModelContext, "classes" | "channels" | "size">;

/** Makes the model a config names, with initial weights from its seed. */
export function createModel(
  config: Pick<Config, "model" | "seed">,
  registry: Registry,
  size: ModelSize,
): Model {
  const context: ModelContext = {
    ...size,
    seed: config.seed,
    model: (name, params) => registry.get("models", name).create(params, context),
  };
  // What is said of pretrained weights is not the architecture's; training alone loads them.
  const { params } = splitWeightOptions(config.model.params);
  return registry.get("models", config.model.name).create(params, context);
}

/** Numbers in a model's parameters, as PyTorch counts them: without running statistics. */
export function countParameters(model: Model): number {
  return [...namedParameters(model).values()].reduce((sum, { variable }) => sum + variable.size, 0);
}
