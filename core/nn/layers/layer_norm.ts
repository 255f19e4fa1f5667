import type * as tf from "@tensorflow/tfjs";
import { constant } from "./initializers.ts";
import { type LayerShape, ModuleLayer, type ModuleOptions, onlyInput, onlyShape } from "./module_layer.ts";

/** torch.nn.LayerNorm over the channels (the last axis): biased variance, epsilon 1e-6 as ConvNeXt has it. */
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
    const x = onlyInput(inputs);
    const centred = x.sub(x.mean(-1, true));
    const deviation = centred.square().mean(-1, true).add(this.epsilon).sqrt();
    const of = (name: string) => this.parameters.get(name)!.variable;
    return centred.div(deviation).mul(of("weight")).add(of("bias"));
  }
}

/** ConvNeXt's `layer_scale`: one trained factor per channel, `(channels, 1, 1)` in PyTorch. */
export class LayerScale extends ModuleLayer {
  /** @nocollapse */
  static readonly className: string = "PodiumLayerScale";
  readonly initial: number;

  constructor(options: ModuleOptions & { readonly initial: number }) {
    super(options);
    this.initial = options.initial;
  }

  override build(inputShape: LayerShape | LayerShape[]): void {
    const shape = [onlyShape(inputShape).at(-1)!, 1, 1];
    this.addParameter("layer_scale", { shape, initializer: constant(this.initial) });
    this.built = true;
  }

  override computeOutputShape(inputShape: LayerShape | LayerShape[]): LayerShape {
    return onlyShape(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return onlyInput(inputs).mul(this.parameters.get("layer_scale")!.variable.reshape([-1]));
  }
}
