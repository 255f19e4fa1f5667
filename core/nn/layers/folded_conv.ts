import * as tf from "@tensorflow/tfjs";
import { activate } from "./activations.ts";
import type { BatchNorm } from "./batch_norm.ts";
import type { Conv2d } from "./conv2d.ts";
import { fusedConv2d } from "../kernels/fused_conv.ts";
import { type LayerShape, onlyShape } from "./module_layer.ts";

/** A filter with a normalisation's scale in it, and the normalisation's shift as bias. */
interface Folded {
  readonly filter: tf.Tensor4D;
  readonly bias: tf.Tensor1D;
}

/** `y = conv(x) * factor + shift` per filter, with factor = scale / sqrt(variance + epsilon). */
function fold(conv: Conv2d, norm: BatchNorm): Folded {
  return tf.tidy(() => {
    const of = (layer: Conv2d | BatchNorm, name: string) => layer.parameters.get(name)?.variable;
    const factor = tf.mul(of(norm, "weight")!, tf.rsqrt(tf.add(norm.runningVar, norm.epsilon)));
    const mean = tf.sub(norm.runningMean, of(conv, "bias") ?? 0);
    const bias = tf.sub(of(norm, "bias")!, tf.mul(mean, factor)) as tf.Tensor1D;
    // A depthwise filter has its channels on the last axis but one.
    const along = conv.depthwise ? tf.reshape(factor, [1, 1, -1, 1]) : factor;
    return { filter: tf.mul(of(conv, "weight")!, along) as tf.Tensor4D, bias };
  });
}

/** A convolution and the normalisation after it, for inference; a second input is added before the activation. */
export class FoldedConv extends tf.layers.Layer {
  /** @nocollapse */
  static readonly className: string = "PodiumFoldedConv";
  readonly #conv: Conv2d;
  readonly #activation: BatchNorm["options"]["activation"];
  readonly #folded: Folded;

  constructor(conv: Conv2d, norm: BatchNorm) {
    super({ name: `${conv.name}.folded` });
    this.#conv = conv;
    this.#activation = norm.options.activation;
    this.#folded = fold(conv, norm);
    tf.keep(this.#folded.filter);
    tf.keep(this.#folded.bias);
  }

  override computeOutputShape(inputShape: LayerShape | LayerShape[]): LayerShape {
    return this.#conv.computeOutputShape(onlyShape(inputShape));
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const [x, residual] = (Array.isArray(inputs) ? inputs : [inputs]) as [
      tf.Tensor4D,
      tf.Tensor4D | undefined,
    ];
    const { groups = 1 } = this.#conv.options;
    const fusable = groups === 1 && (this.#activation === undefined || this.#activation === "relu");
    return fusable ? this.#fused(x, residual) : this.#composed(x, residual);
  }

  #fused(x: tf.Tensor4D, residual: tf.Tensor4D | undefined): tf.Tensor {
    return fusedConv2d({ x, ...this.#folded, ...(residual ? { residual } : {}) }, {
      strides: this.#conv.stride,
      padding: this.#conv.padsFor(x.shape[1], x.shape[2]),
      relu: this.#activation === "relu",
    });
  }

  #composed(x: tf.Tensor4D, residual: tf.Tensor4D | undefined): tf.Tensor {
    const sum = tf.add(this.#conv.convolve(x, this.#folded.filter), this.#folded.bias);
    return activate(residual ? tf.add(sum, residual) : sum, this.#activation);
  }

  override dispose(): ReturnType<tf.layers.Layer["dispose"]> {
    if (!this.#folded.filter.isDisposed) tf.dispose([this.#folded.filter, this.#folded.bias]);
    return super.dispose();
  }
}
