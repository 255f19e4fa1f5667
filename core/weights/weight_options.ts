import { z } from "zod";
import { CHANNEL_RULES } from "./adapt_channels.ts";

/** The keys of `model.params` that every model has, beside its own: its initial weights and its frozen modules. */
export const weightSchema = z.object({
  pretrained: z.string().nullable().default(null).describe(
    "A safetensors or PyTorch file, or hf:<organisation>/<name>",
  ),
  in_channels: z.enum(CHANNEL_RULES).default("copy_red").describe(
    "How the first filters are fitted to other than the file's channels: upstream's copy of red, repeat and scale, or mean",
  ),
  freeze: z.array(z.string()).default([]).describe(
    "Modules that stay as they are: [conv1, bn1, layer1]; their normalisation keeps its statistics",
  ),
});

/** The weights to load before the first step, and the modules to freeze. */
export type WeightOptions = z.output<typeof weightSchema>;

/** Separates the keys of {@link weightSchema} from the model's own parameters in `model.params`. */
export function splitWeightOptions(
  params: Readonly<Record<string, unknown>>,
): { options: WeightOptions; params: Record<string, unknown> } {
  const { pretrained, in_channels, freeze, ...others } = params;
  return { options: weightSchema.parse({ pretrained, in_channels, freeze }), params: others };
}

/** A model's parameters together with the keys about weights, as a config may write them. */
export function withWeightOptions(params: z.ZodType): z.ZodType {
  return params instanceof z.ZodObject ? params.extend(weightSchema.shape) : params;
}
