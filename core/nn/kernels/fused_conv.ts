import * as tf from "@tensorflow/tfjs";

/**
 * A convolution with bias, an optional residual and an optional relu, for inference. A backend may register one fused
 * kernel under this name; elsewhere TensorFlow.js's fused convolution runs, with the residual added after it.
 *
 * - inputs `x`, `filter`, `bias` `[filters]`, and `residual` of the output's shape or none
 * - attributes {@link FusedConvSettings}
 * - output `y`; there is no gradient
 */
export const FUSED_CONV = "PodiumFusedConv2D";

/** Settings of a fused convolution. */
export interface FusedConvSettings {
  readonly strides: readonly [height: number, width: number];
  /** Zeros as [top, bottom, left, right]. */
  readonly padding: readonly [top: number, bottom: number, left: number, right: number];
  readonly relu: boolean;
}

/** Tensors of a fused convolution. */
export interface FusedConvInputs {
  readonly x: tf.Tensor4D;
  readonly filter: tf.Tensor4D;
  readonly bias: tf.Tensor1D;
  readonly residual?: tf.Tensor4D;
}

/**
 * `relu(conv(x, filter) + bias + residual)`, `[batch, height, width, filters]`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import * as tf from "@tensorflow/tfjs";
 * await tf.setBackend("cpu");
 * const inputs = { x: tf.ones([1, 1, 1, 2]) as tf.Tensor4D, filter: tf.ones([1, 1, 2, 1]) as tf.Tensor4D };
 * const y = fusedConv2d({ ...inputs, bias: tf.tensor1d([-3]) }, { strides: [1, 1], padding: [0, 0, 0, 0], relu: true });
 * assertEquals(y.dataSync()[0], 0); // relu(1 + 1 - 3)
 * ```
 */
export function fusedConv2d(inputs: FusedConvInputs, settings: FusedConvSettings): tf.Tensor4D {
  if (!tf.getKernel(FUSED_CONV, tf.getBackend())) return composedFusedConv(inputs, settings);
  const attributes = settings as unknown as tf.NamedAttrMap;
  return tf.engine().runKernel(FUSED_CONV, inputs as unknown as tf.NamedTensorMap, attributes) as tf.Tensor4D;
}

/** {@link fusedConv2d} by TensorFlow.js's own fused convolution. */
export function composedFusedConv(inputs: FusedConvInputs, settings: FusedConvSettings): tf.Tensor4D {
  const { x, filter, bias, residual } = inputs;
  const [top, bottom, left, right] = settings.padding;
  return tf.tidy(() => {
    const y = tf.fused.conv2d({
      x,
      filter,
      bias,
      strides: [...settings.strides],
      pad: [[0, 0], [top, bottom], [left, right], [0, 0]],
      activation: settings.relu && !residual ? "relu" : "linear",
    });
    if (!residual) return y;
    const sum = tf.add<tf.Tensor4D>(y, residual);
    return settings.relu ? tf.relu(sum) : sum;
  });
}
