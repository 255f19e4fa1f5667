import * as tf from "@tensorflow/tfjs";
import { type LayerShape, ModuleLayer, type ModuleOptions, onlyInput, onlyShape } from "./module_layer.ts";

/** Options of self-attention. */
export interface SelfAttentionOptions extends ModuleOptions {
  /** Divides the channels. */
  readonly heads: number;
  /** How many of the first tokens stand for no place in the picture; the others are those of a square grid. */
  readonly prefix: number;
}

/**
 * Multi-head attention of tokens to each other, between the linear layers around it: queries, keys and values
 * `[batch, tokens, 3 * channels]` as timm's `qkv` makes them, to `[batch, tokens, channels]`.
 *
 * One transposition lays the heads of all three out for batched matrix products; einsum would have no gradient.
 *
 * Source: Vaswani et al., "Attention is all you need", 2017; timm/layers/attention.py, `Attention`.
 */
export class SelfAttention extends ModuleLayer {
  /** @nocollapse */
  static readonly className: string = "PodiumSelfAttention";
  readonly options: SelfAttentionOptions;

  constructor(options: SelfAttentionOptions) {
    super(options);
    this.options = options;
  }

  override computeOutputShape(inputShape: LayerShape | LayerShape[]): LayerShape {
    const [batch, tokens, channels] = onlyShape(inputShape) as [number | null, number, number];
    return [batch, tokens, channels / 3];
  }

  /** How many attention weights there are for an image. */
  weightsPerImage(): number {
    const [, tokens] = this.outputShape as [null, number];
    return this.options.heads * tokens ** 2;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const { heads } = this.options;
    const [batch, tokens, channels] = onlyInput(inputs).shape as [number, number, number];
    const size = channels / 3 / heads;
    const byHead = onlyInput(inputs).reshape([batch, tokens, 3, heads, size]).transpose([2, 0, 3, 1, 4]);
    const [queries, keys, values] = tf.unstack(byHead) as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
    const weights = tf.softmax(tf.matMul(queries.mul(size ** -0.5), keys, false, true));
    return tf.matMul(weights, values).transpose([0, 2, 1, 3]).reshape([batch, tokens, channels / 3]);
  }
}
