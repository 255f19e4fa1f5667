import type { BatchNorm } from "../nn/layers/batch_norm.ts";
import type { Conv2d } from "../nn/layers/conv2d.ts";
import type { WeightTensor } from "../weights/model_weights.ts";
import type { Convolution, Scaling } from "./emitter.ts";

type Weights = ReadonlyMap<string, WeightTensor>;

function numbers(weights: Weights, name: string): Float32Array {
  return weights.get(name)!.data as Float32Array;
}

/** Batch normalisation in inference mode as a per-channel scale and shift. */
export function scalingOf({ name, epsilon }: BatchNorm, weights: Weights): Scaling {
  const of = (what: string) => numbers(weights, `${name}.${what}`);
  const [scale, offset, mean, variance] = [of("weight"), of("bias"), of("running_mean"), of("running_var")];
  const factor = scale.map((value, channel) => value / Math.sqrt(variance[channel]! + epsilon));
  return { factor, shift: offset.map((value, channel) => value - mean[channel]! * factor[channel]!) };
}

/** Folds the batch norm that follows a convolution into its weights and bias. */
export function foldedConvolution(
  conv: Conv2d,
  { input: [height, width, channels], weights, scaling }: {
    input: readonly [height: number, width: number, channels: number];
    weights: Weights;
    scaling?: Scaling;
  },
): Convolution {
  const { name, stride, options: { groups = 1, filters } } = conv;
  const stored = weights.get(`${name}.weight`)!;
  const shape = [filters, channels / groups, ...conv.kernel] as const;
  const bias = weights.get(`${name}.bias`)?.data as Float32Array | undefined ?? null;
  const plain = { name, shape, stride, pads: conv.padsFor(height, width), groups };
  if (!scaling) return { ...plain, weight: stored.data as Float32Array, bias };
  const { factor, shift } = scaling;
  const size = stored.data.length / filters;
  const weight = (stored.data as Float32Array).map((value, at) => value * factor[Math.floor(at / size)]!);
  const shifted = shift.map((value, filter) => value + (bias?.[filter] ?? 0) * factor[filter]!);
  return { ...plain, weight, bias: shifted };
}
