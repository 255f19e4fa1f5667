import type { z } from "zod";
import type { PluginKind, PluginKinds } from "./contracts.ts";

/** A plugin as defined by its author. */
export type PluginDefinition<Kind extends PluginKind, Params extends z.ZodType> =
  & {
    readonly name: string;
    /** One line for the catalogue. */
    readonly about: string;
    /** A strict zod object, every field described and defaulted. */
    readonly params: Params;
    create(params: z.output<Params>, context: PluginKinds[Kind]["context"]): PluginKinds[Kind]["made"];
  }
  & PluginKinds[Kind]["extra"];

/** A plugin in the registry; its `create` validates the parameters. */
export type Plugin<Kind extends PluginKind = PluginKind> =
  & {
    readonly kind: Kind;
    readonly name: string;
    readonly about: string;
    readonly params: z.ZodType;
    create(params: unknown, context: PluginKinds[Kind]["context"]): PluginKinds[Kind]["made"];
  }
  & PluginKinds[Kind]["extra"];

function define<Kind extends PluginKind>(kind: Kind) {
  return <Params extends z.ZodType>(definition: PluginDefinition<Kind, Params>): Plugin<Kind> => {
    const create = (params: unknown, context: PluginKinds[Kind]["context"]) =>
      definition.create(definition.params.parse(params ?? {}), context);
    return { ...definition, kind, create } as unknown as Plugin<Kind>;
  };
}

type Define<Kind extends PluginKind> = <Params extends z.ZodType>(
  definition: PluginDefinition<Kind, Params>,
) => Plugin<Kind>;

/** Declares a model architecture. */
export const defineModel: Define<"models"> = define("models");
/** Declares an augmentation operation. */
export const defineAugmentation: Define<"augmentations"> = define("augmentations");
/** Declares a transform: image to network input. */
export const defineTransform: Define<"transforms"> = define("transforms");
/** Declares a layout: the folder structure of a dataset. */
export const defineLayout: Define<"layouts"> = define("layouts");
/** Declares a dataset: which examples a split holds. */
export const defineDataset: Define<"datasets"> = define("datasets");
/** Declares a decoder of an image format. */
export const defineDecoder: Define<"decoders"> = define("decoders");
/** Declares a loss. */
export const defineLoss: Define<"losses"> = define("losses");
/** Declares a metric. */
export const defineMetric: Define<"metrics"> = define("metrics");
/** Declares an optimizer. */
export const defineOptimizer: Define<"optimizers"> = define("optimizers");
/** Declares a learning-rate schedule. */
export const defineScheduler: Define<"schedulers"> = define("schedulers");
/** Declares a logger of trainings. */
export const defineLogger: Define<"loggers"> = define("loggers");
/** Declares a perceptual hash. */
export const defineHash: Define<"hashes"> = define("hashes");
/** Declares a compute backend. */
export const defineBackend: Define<"backends"> = define("backends");
