import * as tf from "@tensorflow/tfjs";
import { batchNormGrad, batchNormTrain } from "./batch_norm_composed.ts";
import { groupedConvFilter, groupedConvForward, groupedConvInput } from "./grouped_conv_composed.ts";

/**
 * Kernels of layers that a backend may implement as one fused operation. It registers its implementation under one of
 * the names below with `tf.registerKernel({ kernelName, backendName, kernelFunc })`; on a backend without one the kernel
 * runs composed from ordinary operations. Tensors are float32, `[batch, height, width, channels]` or `[batch, channels]`;
 * statistics, scales and offsets are vectors `[channels]`.
 */

/**
 * Batch normalisation in training.
 *
 * - inputs `x`, `scale`, `offset`, `runningMean`, `runningVar`
 * - attributes `epsilon`, `momentum` (PyTorch's: the weight of the new batch)
 * - outputs `[y, nextRunningMean, nextRunningVar, ...saved]`: `y` is normalised with the biased variance, the running
 *   variance takes up the unbiased one; `saved` are one to three tensors that the implementation chooses (such as batch
 *   mean and inverse deviation); its gradient kernel gets them back as `saved0`, `saved1`, `saved2`
 */
export const BATCH_NORM_TRAIN = "PodiumBatchNormTrain";

/**
 * Gradient of {@link BATCH_NORM_TRAIN}; a backend registers both or neither.
 *
 * - inputs `dy`, `x`, `scale`, `saved0`, `saved1`, `saved2` (as many as the forward kernel saved)
 * - attributes `epsilon`, `momentum`
 * - outputs `[dx, dscale, doffset]`
 */
export const BATCH_NORM_GRAD = "PodiumBatchNormGrad";

/**
 * A grouped convolution (torch's `groups`) with padding of each side by itself: [top, bottom, left, right].
 *
 * - inputs `x` `[batch, height, width, channels]`, `filter` `[height, width, channels / groups, filters]`
 * - attributes `groups`, `strides` [height, width], `padding`
 * - outputs `[y]`
 */
export const GROUPED_CONV = "PodiumGroupedConv2D";

/** Input gradient of {@link GROUPED_CONV}: inputs `dy`, `filter`; attributes as there and `inputShape`; outputs `[dx]`. */
export const GROUPED_CONV_INPUT = "PodiumGroupedConv2DBackpropInput";

/** Filter gradient of {@link GROUPED_CONV}: inputs `dy`, `x`; attributes as there and `filterShape`; outputs `[dfilter]`. */
export const GROUPED_CONV_FILTER = "PodiumGroupedConv2DBackpropFilter";

/** A composed kernel: float32 tensors in, float32 tensors out. */
export type ComposedKernel = (
  inputs: tf.NamedTensorMap,
  attributes: Readonly<Record<string, unknown>>,
) => tf.Tensor[];

const COMPOSED: ReadonlyMap<string, ComposedKernel> = new Map<string, ComposedKernel>([
  [BATCH_NORM_TRAIN, batchNormTrain],
  [BATCH_NORM_GRAD, batchNormGrad],
  [GROUPED_CONV, groupedConvForward],
  [GROUPED_CONV_INPUT, groupedConvInput],
  [GROUPED_CONV_FILTER, groupedConvFilter],
]);

/** The names of the kernels of layers. */
export const KERNEL_NAMES: readonly string[] = [...COMPOSED.keys()];

/** Whether a kernel of this name is registered for the current backend, fused or composed. */
export function hasKernel(name: string): boolean {
  return tf.getKernel(name, tf.getBackend()) !== undefined;
}

/**
 * A kernel composed from ordinary operations: the reference for every fused implementation.
 *
 * @throws RangeError when there is no kernel of this name
 */
export function composedKernel(name: string): ComposedKernel {
  const kernel = COMPOSED.get(name);
  if (!kernel) throw new RangeError(`There is no kernel "${name}"; known: ${KERNEL_NAMES.join(", ")}`);
  return kernel;
}

function registerComposed(name: string): void {
  const kernel = composedKernel(name);
  tf.registerKernel({
    kernelName: name,
    backendName: tf.getBackend(),
    kernelFunc: ({ inputs, attrs }) => tf.tidy(() => kernel(inputs as tf.NamedTensorMap, attrs ?? {})),
  });
}

/** Runs a kernel on the current backend, composed from ordinary operations where the backend does not implement it. */
export function runKernel(name: string, inputs: object, attributes: object): tf.Tensor[] {
  if (!hasKernel(name)) registerComposed(name);
  return tf.engine().runKernel(
    name,
    inputs as tf.NamedTensorMap,
    attributes as tf.NamedAttrMap,
  ) as tf.Tensor[];
}
