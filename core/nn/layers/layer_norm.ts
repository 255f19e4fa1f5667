import * as tf from "@tensorflow/tfjs";
import { constant } from "./initializers.ts";
import { type LayerShape, ModuleLayer, type ModuleOptions, onlyInput, onlyShape } from "./module_layer.ts";

/** torch.nn.LayerNorm over the channels (the last axis): biased variance, epsilon 1e-6 as ConvNeXt and ViT have it. */
export class LayerNorm extends ModuleLayer {
  /** @nocollapse */
  static readonly className: string = "PodiumLayerNorm";
  readonly epsilon: number;

  constructor(options: ModuleOptions & { readonly epsilon?: number }) {
    super(options);
    this.epsilon = options.epsilon ?? 1e-6;
  }

  override build(inputShape: LayerShape | LayerShape[]): void {
    const shape = [onlyShape(inputShape).at(-1)!];
    this.addParameter("weight", { shape, initializer: constant(1) });
    this.addParameter("bias", { shape, initializer: constant(0) });
    this.built = true;
  }

  override computeOutputShape(inputShape: LayerShape | LayerShape[]): LayerShape {
    return onlyShape(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const of = (name: string) => this.parameters.get(name)!.variable;
    return normalize(onlyInput(inputs), { weight: of("weight"), bias: of("bias"), epsilon: this.epsilon });
  }
}

/** Parameters of {@link normalize}. */
export interface Normalization {
  /** `[channels]`, as the bias. */
  readonly weight: tf.Tensor;
  readonly bias: tf.Tensor;
  readonly epsilon: number;
}

/** The sum over all axes but the last. */
function sumToChannels(x: tf.Tensor): tf.Tensor {
  return x.reshape([-1, x.shape.at(-1)!]).sum(0);
}

/** Layer normalisation with its gradient written out, which needs fewer launches and keeps less than that of its parts. */
export function normalize(x: tf.Tensor, { weight, bias, epsilon }: Normalization): tf.Tensor {
  const operation = tf.customGrad((...args) => {
    const [x, weight, bias, save] = args as [tf.Tensor, tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    const centred = x.sub(x.mean(-1, true));
    const inverse = centred.square().mean(-1, true).add(epsilon).rsqrt();
    const normal = centred.mul(inverse);
    save([normal, inverse, weight]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [normal, inverse, weight] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
      const slope = dy.mul(weight);
      const along = slope.mul(normal).mean(-1, true);
      const dx = slope.sub(slope.mean(-1, true)).sub(normal.mul(along)).mul(inverse);
      return [dx, sumToChannels(dy.mul(normal)), sumToChannels(dy)];
    };
    return { value: normal.mul(weight).add(bias), gradFunc };
  });
  return operation(x, weight, bias);
}

/** Options of a layer scale. */
export interface LayerScaleOptions extends ModuleOptions {
  readonly initial: number;
  /** The parameter's name: torchvision's `layer_scale` is `(channels, 1, 1)`, timm's `gamma` `(channels)`. */
  readonly parameter: "layer_scale" | "gamma";
}

/** One trained factor per channel. */
export class LayerScale extends ModuleLayer {
  /** @nocollapse */
  static readonly className: string = "PodiumLayerScale";
  readonly options: LayerScaleOptions;

  constructor(options: LayerScaleOptions) {
    super(options);
    this.options = options;
  }

  override build(inputShape: LayerShape | LayerShape[]): void {
    const { parameter, initial } = this.options;
    const channels = onlyShape(inputShape).at(-1)!;
    const shape = parameter === "gamma" ? [channels] : [channels, 1, 1];
    this.addParameter(parameter, { shape, initializer: constant(initial) });
    this.built = true;
  }

  override computeOutputShape(inputShape: LayerShape | LayerShape[]): LayerShape {
    return onlyShape(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const factors = this.parameters.get(this.options.parameter)!.variable;
    return onlyInput(inputs).mul(factors.rank === 1 ? factors : factors.reshape([-1]));
  }
}
