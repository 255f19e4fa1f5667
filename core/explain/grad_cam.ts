import * as tf from "@tensorflow/tfjs";
import type { Model } from "../plugin/contracts.ts";
import { classMaps } from "./class_maps.ts";
import { normalizeMap, resizeMap } from "./heat_map.ts";

/**
 * The Grad-CAM heat map of one image, or the attention map of a model with an attention head: resized to the input and
 * brought to 0..1 as pytorch-grad-cam does.
 *
 * @param input what the transform gives for the image, `[size, size, channels]`
 * @param target index of a main output: a class
 * @returns `[size, size]`
 * @throws a config problem when the model has no feature map, RangeError on a target that is no output
 */
export async function gradCam(
  model: Model,
  input: Float32Array,
  { target }: { readonly target: number },
): Promise<Float32Array> {
  const [rows, cols, channels] = model.inputs[0]!.shape.slice(1) as [number, number, number];
  const image = tf.tensor4d(input, [1, rows, cols, channels]);
  try {
    const { maps } = await classMaps(model, image, [[target]]);
    return normalizeMap(resizeMap(maps[0]![0]!, { rows, cols })).values;
  } finally {
    image.dispose();
  }
}
