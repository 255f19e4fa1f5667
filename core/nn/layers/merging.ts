import * as tf from "@tensorflow/tfjs";
import { activate, type ActivationName } from "./activations.ts";
import { type LayerShape, onlyShape } from "./module_layer.ts";

/** How two tensors become one; the second may have sides of 1, which are repeated. */
export interface MergeOptions {
  readonly name: string;
  readonly operation: "add" | "multiply";
  readonly activation?: ActivationName;
}

/** Adds or multiplies two tensors: residuals, squeeze-and-excitation gates. */
export class Merge extends tf.layers.Layer {
  /** @nocollapse */
  static readonly className: string = "PodiumMerge";
  readonly options: MergeOptions;

  constructor(options: MergeOptions) {
    super({ name: options.name });
    this.options = options;
  }

  override computeOutputShape(inputShape: LayerShape | LayerShape[]): LayerShape {
    return onlyShape(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const [first, second] = inputs as [tf.Tensor, tf.Tensor];
    const merged = this.options.operation === "add" ? tf.add(first, second) : tf.mul(first, second);
    return activate(merged, this.options.activation);
  }
}
