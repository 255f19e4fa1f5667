import type { AnyPixels } from "../base/pixels.ts";
import { configProblem, suggestName } from "../base/problem.ts";
import { quoted } from "../base/quoted.ts";
import type { Predictor } from "../predict/predictor.ts";
import { explainViews, type ViewHeatMap } from "./explain_views.ts";

/**
 * Where in an image a model sees a class: Grad-CAM or, of a model with an attention head, its attention map. The map lies
 * over what the validation transform makes of the image.
 *
 * @param image bytes of an image file, or pixels with the channels that the model was trained on
 * @returns `[size, size]` of the transform, in 0..1
 * @throws Problem (config) on an unknown class and on a model without feature map, Problem (data) when the image cannot
 * be decoded or has a different number of channels
 */
export async function explain(
  predictor: Predictor,
  image: Uint8Array | AnyPixels,
  options: { readonly class: string },
): Promise<ViewHeatMap> {
  const { classes, opened } = predictor;
  const index = classes.indexOf(options.class);
  if (index < 0) {
    throw configProblem(
      `Cannot explain the class ${quoted(options.class)}: the model does not know it`,
      suggestName(options.class, classes),
    );
  }
  const images = await predictor.inputOf(image);
  const [map] = await explainViews(opened, { images, views: opened.transform.views, classes: [index] });
  return map!;
}
