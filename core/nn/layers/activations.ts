import * as tf from "@tensorflow/tfjs";
import { type LayerShape, onlyInput, onlyShape } from "./module_layer.ts";

/** The activations of the models. */
export type ActivationName = "relu" | "silu" | "gelu" | "sigmoid";

const ACTIVATIONS: Readonly<Record<ActivationName, (x: tf.Tensor) => tf.Tensor>> = {
  relu: (x) => tf.relu(x),
  sigmoid: (x) => tf.sigmoid(x),
  silu,
  gelu,
};

/** `x * sigmoid(x)`, with its gradient from one sigmoid. */
function silu(x: tf.Tensor): tf.Tensor {
  const operation = tf.customGrad((...args) => {
    const [input, save] = args as [tf.Tensor, tf.GradSaveFunc];
    const gate = tf.sigmoid(input);
    save([input, gate]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [value, half] = saved as [tf.Tensor, tf.Tensor];
      return dy.mul(half.mul(value.mul(tf.sub(1, half)).add(1)));
    };
    return { value: input.mul(gate), gradFunc: gradFunc as (dy: tf.Tensor, saved: tf.Tensor[]) => tf.Tensor };
  });
  return operation(x);
}

/** The exact one, `x * (1 + erf(x / sqrt(2))) / 2`, as torch.nn.GELU computes it, with its gradient written out. */
function gelu(x: tf.Tensor): tf.Tensor {
  const operation = tf.customGrad((...args) => {
    const [input, save] = args as [tf.Tensor, tf.GradSaveFunc];
    const below = tf.erf(input.mul(Math.SQRT1_2)).add(1).mul(0.5);
    save([input, below]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [value, below] = saved as [tf.Tensor, tf.Tensor];
      const density = value.square().mul(-0.5).exp().mul(1 / Math.sqrt(2 * Math.PI));
      return dy.mul(value.mul(density).add(below));
    };
    return {
      value: input.mul(below),
      gradFunc: gradFunc as (dy: tf.Tensor, saved: tf.Tensor[]) => tf.Tensor,
    };
  });
  return operation(x);
}

/** Applies an activation; nothing when there is none. */
export function activate(x: tf.Tensor, name: ActivationName | undefined): tf.Tensor {
  return name === undefined ? x : ACTIVATIONS[name](x);
}

/** An activation that does not follow a normalisation. */
export class Activation extends tf.layers.Layer {
  /** @nocollapse */
  static readonly className: string = "PodiumActivation";
  readonly activation: ActivationName;

  constructor(options: { readonly name: string; readonly activation: ActivationName }) {
    super({ name: options.name });
    this.activation = options.activation;
  }

  override computeOutputShape(inputShape: LayerShape | LayerShape[]): LayerShape {
    return onlyShape(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return activate(onlyInput(inputs), this.activation);
  }
}
