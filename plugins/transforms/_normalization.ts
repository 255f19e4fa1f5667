import { z } from "zod";
import { configProblem, type Normalization } from "../../plugin.ts";

/** Input side of the network. */
export const sizeParam = z.int().min(1).default(512).describe("Side of the network's input in pixels");

/** Normalisation parameters, shared by all transforms. */
export const normalizationParams = {
  per_image_norm: z.boolean().default(false).describe(
    "Normalise each image by its own channel means and deviations, instead of (x - 127.5) / 255",
  ),
  mean_std: z.tuple([z.array(z.number()), z.array(z.number().positive())]).nullable().default(null).describe(
    "Fixed [means, deviations] by channel on the scale 0 to 255, instead of 127.5 and 255",
  ),
};

interface NormalizationParams {
  readonly per_image_norm: boolean;
  readonly mean_std: readonly [readonly number[], readonly number[]] | null;
}

/** Converts the parameters. Throws a config problem when `mean_std` has the wrong number of channels. */
export function normalizationOf(params: NormalizationParams, channels: number): Normalization {
  const { per_image_norm: perImage, mean_std: meanStd } = params;
  if (meanStd === null || perImage) return { perImage };
  const [mean, std] = meanStd;
  if (mean.length !== channels || std.length !== channels) {
    throw configProblem(
      `transform.params.mean_std has ${mean.length} means and ${std.length} deviations; the images have ${channels} channels`,
    );
  }
  return { perImage, statistics: { mean, std } };
}
