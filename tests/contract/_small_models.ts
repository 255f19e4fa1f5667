import type { Model, ModelContext } from "../../core/plugin/contracts.ts";
import type { Plugin } from "../../core/plugin/define.ts";
import type { Registry } from "../../core/plugin/registry.ts";

/** Parameters that make a model small, so that every one of them can be tried. */
const SMALL: Readonly<Record<string, unknown>> = { width: 8, width_multiplier: 0.125, attention_size: 4 };
/** Sizes below which a family has no position left at its end. */
const SMALLEST: Readonly<Record<string, number>> = { inception_v3: 75, attention_inceptionv3: 75 };

/** What a small model may be given in place of its defaults. */
export type SmallSettings = Partial<Pick<ModelContext, "classes" | "channels" | "size" | "seed">>;

/** The smallest side of a model's pictures. */
export function smallestSize(name: string): number {
  return SMALLEST[name] ?? 33;
}

function smallParams(plugin: Plugin<"models">): Record<string, unknown> {
  const defaults = plugin.params.parse({}) as Record<string, unknown>;
  return Object.fromEntries(Object.entries(SMALL).filter(([key]) => key in defaults));
}

/** A model with few filters; 3 classes, 4 channels and small pictures where nothing else is said. */
export function smallModel(
  plugin: Plugin<"models">,
  registry: Registry,
  settings: SmallSettings = {},
): Model {
  const size = SMALLEST[plugin.name] ?? 40;
  const context: ModelContext = {
    ...{ classes: 3, channels: 4, size, seed: 1, ...settings },
    model: (name, params) => {
      const inner = registry.get("models", name);
      return inner.create({ ...smallParams(inner), ...params }, context);
    },
  };
  return plugin.create(smallParams(plugin), context);
}
