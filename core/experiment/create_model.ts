import type { Config } from "../config/schema.ts";
import { namedParameters } from "../nn/named_variables.ts";
import type { Model, ModelContext } from "../plugin/contracts.ts";
import type { Registry } from "../plugin/registry.ts";
import { splitWeightOptions } from "../weights/weight_options.ts";

/** Number of classes, input channels and input side of a model. */
export type ModelSize = Pick<ModelContext, "classes" | "channels" | "size">;

/** Creates the config's model with weights initialised from its seed. */
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
  // Options about pretrained weights are not parameters of the architecture; only training uses them.
  const { params } = splitWeightOptions(config.model.params);
  return registry.get("models", config.model.name).create(params, context);
}

/** Number of parameters as PyTorch counts them: without the running statistics of batch norm. */
export function countParameters(model: Model): number {
  return [...namedParameters(model).values()].reduce((sum, { variable }) => sum + variable.size, 0);
}
