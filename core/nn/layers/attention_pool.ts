import * as tf from "@tensorflow/tfjs";
import type { LayerShape } from "./module_layer.ts";

/**
 * Upstream's attention head: logits and attention maps, both `[batch, side, side, classes]`, to the sum of the logits
 * weighted by the softmax of the attention over all positions, per class: `[batch, classes]`.
 */
export class AttentionPool extends tf.layers.Layer {
  /** @nocollapse */
  static readonly className: string = "PodiumAttentionPool";

  override computeOutputShape(inputShape: LayerShape | LayerShape[]): LayerShape {
    const [logits] = inputShape as LayerShape[];
    return [logits![0]!, logits![3]!];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const [logits, attention] = inputs as tf.Tensor[];
    return byClass(logits!).mul(attentionWeights(attention!)).sum(2);
  }
}

/** `[batch, height, width, classes]` to `[batch, classes, height * width]`. */
function byClass(tensor: tf.Tensor): tf.Tensor {
  const [batch, height, width, classes] = tensor.shape as [number, number, number, number];
  return tensor.reshape([batch, height * width, classes]).transpose([0, 2, 1]);
}

/**
 * Weights of the positions, which sum to 1 for each class: attention maps `[batch, height, width, classes]` to
 * `[batch, classes, height * width]`.
 */
export function attentionWeights(attention: tf.Tensor): tf.Tensor {
  return tf.softmax(byClass(attention));
}
