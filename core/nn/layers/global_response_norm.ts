import type * as tf from "@tensorflow/tfjs";
import { constant } from "./initializers.ts";
import { type LayerShape, ModuleLayer, onlyInput, onlyShape } from "./module_layer.ts";

/** Added to the mean norm of the channels. */
const EPSILON = 1e-6;
/** Least sum of squares: the root has no slope at 0, where a channel that is 0 everywhere would get NaN for a gradient. */
const LEAST_SQUARES = 1e-30;

/**
 * ConvNeXt V2's global response normalisation of `[batch, height, width, channels]`: `x + weight * x * n + bias`, where n
 * is the norm of a channel over all positions, divided by the channels' mean norm. Starts as the identity.
 *
 * Source: Woo et al., "ConvNeXt V2", 2023; timm/layers/grn.py.
 */
export class GlobalResponseNorm extends ModuleLayer {
  /** @nocollapse */
  static readonly className: string = "PodiumGlobalResponseNorm";
  readonly epsilon: number = EPSILON;

  override build(inputShape: LayerShape | LayerShape[]): void {
    const shape = [onlyShape(inputShape).at(-1)!];
    this.addParameter("weight", { shape, initializer: constant(0) });
    this.addParameter("bias", { shape, initializer: constant(0) });
    this.built = true;
  }

  override computeOutputShape(inputShape: LayerShape | LayerShape[]): LayerShape {
    return onlyShape(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const x = onlyInput(inputs);
    const of = (name: string) => this.parameters.get(name)!.variable;
    const norms = x.square().sum([1, 2], true).maximum(LEAST_SQUARES).sqrt();
    const relative = norms.div(norms.mean(-1, true).add(this.epsilon));
    // One factor a channel: the picture itself is read and written twice only.
    return x.mul(relative.mul(of("weight")).add(1)).add(of("bias"));
  }
}
