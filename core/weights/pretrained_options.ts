import { z } from "zod";
import { CHANNEL_RULES } from "./adapt_channels.ts";

/** The keys of `model.params` that are about pretrained weights; the rest belongs to the model. */
export const pretrainedSchema = z.object({
  pretrained: z.string().nullable().default(null).describe(
    "A safetensors or PyTorch file, or hf:<organisation>/<name>",
  ),
  in_channels: z.enum(CHANNEL_RULES).default("copy_red").describe(
    "How the first filters are fitted to other than the file's channels: upstream's copy of red, repeat and scale, or mean",
  ),
});

/** What to load before the first step. */
export type PretrainedOptions = z.output<typeof pretrainedSchema>;

/** Takes the keys about pretrained weights out of `model.params`. */
export function splitPretrained(
  params: Readonly<Record<string, unknown>>,
): { options: PretrainedOptions; params: Record<string, unknown> } {
  const { pretrained, in_channels, ...others } = params;
  return { options: pretrainedSchema.parse({ pretrained, in_channels }), params: others };
}

/** A model's parameters together with the keys about pretrained weights, as a config may write them. */
export function withPretrained(params: z.ZodType): z.ZodType {
  return params instanceof z.ZodObject ? params.extend(pretrainedSchema.shape) : params;
}
