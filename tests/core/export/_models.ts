import * as tf from "@tensorflow/tfjs";
import { assert } from "@std/assert";
import { loadPlugins } from "../../../core/plugin/registry.ts";
import { noise } from "../../golden/formula.ts";
import { formulaModel } from "../../golden/formula_model.ts";

const registry = await loadPlugins([], ["models"]);

/** A size that brings out padding and adaptive pools, and parameters that keep a model small. */
export const CASES: readonly (readonly [name: string, size: number, params: Record<string, unknown>])[] = [
  ["resnet18", 45, { width: 4 }],
  ["resnet50", 44, { width: 4 }],
  ["inception_v3", 80, { width_multiplier: 0.1 }],
  ["se_resnext50", 50, { width: 8 }],
  ["attention", 75, { cnn: "seresnext50_32x4d", cnn_params: { width: 8 }, attention_size: 2 }],
  ["attention_inceptionv3", 107, { width_multiplier: 0.1, attention_size: 3, aux_attention_size: 4 }],
  ["efficientnet_b1", 41, { width_multiplier: 0.25 }],
  ["vit_small_patch16_224", 50, { width: 128 }],
  ["vit_small_patch14_reg4_dinov2", 43, { width: 16 }],
  ["convnext_tiny", 70, { width: 8, layer_scale: 0.5 }],
  ["convnextv2_atto", 70, { width: 8 }],
  ["convnextv2_tiny", 70, { width: 8 }],
  ["efficientnetv2_rw_s", 70, { width_multiplier: 0.25 }],
  ["tf_efficientnetv2_s", 70, { width_multiplier: 0.25 }],
  ["mobilenetv4_conv_small", 70, { width_multiplier: 0.25 }],
];

/** A model with the formula's weights: other statistics and factors than those of a fresh one. */
export function makeModel(name: string, size: number, params: Record<string, unknown>): tf.LayersModel {
  return formulaModel(registry, name, { size, classes: 5, channels: 4, params });
}

/** Two pictures, the channels last. */
export function pictures(size: number): Float32Array {
  return Float32Array.from(noise("pictures", 2 * size * size * 4));
}

/** The model's own logits for {@link pictures}. */
export function logitsOf(model: tf.LayersModel, size: number): Float32Array {
  return tf.tidy(() => {
    const made = model.apply(tf.tensor4d(pictures(size), [2, size, size, 4])) as tf.Tensor | tf.Tensor[];
    return (Array.isArray(made) ? made[0]! : made).dataSync() as Float32Array;
  });
}

/** Fails where two lists of logits differ by more than 1e-4 of the largest. */
export function assertSameLogits(actual: ArrayLike<number>, expected: Float32Array): void {
  assert(actual.length === expected.length, `${actual.length} logits instead of ${expected.length}`);
  const scale = Math.max(1, ...expected.map(Math.abs));
  expected.forEach((value, i) =>
    assert(Math.abs(actual[i]! - value) <= 1e-4 * scale, `[${i}]: ${actual[i]}, ${value}`)
  );
}
