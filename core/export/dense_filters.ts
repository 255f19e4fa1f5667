import { CONVOLUTION, DEPTHWISE, inverseOrder, permuteValues } from "../nn/layers/parameter_layout.ts";
import type { Convolution } from "./emitter.ts";

/** Convolution weights in TensorFlow.js's layout. */
export interface DenseFilters {
  /** Depthwise weights are `[height, width, channels, 1]`, dense ones `[height, width, channels, filters]`. */
  readonly depthwise: boolean;
  readonly shape: [number, number, number, number];
  readonly values: Float32Array;
}

/**
 * Converts PyTorch convolution weights for TensorFlow.js's built-in layers, which support dense and depthwise
 * convolutions only: a grouped convolution becomes a dense one with block-diagonal weights.
 */
export function denseFilters({ weight, shape, groups }: Convolution): DenseFilters {
  const [filters, channels, height, width] = shape;
  if (groups > 1 && channels === 1 && filters === groups) {
    const values = permuteValues(weight, shape, inverseOrder(DEPTHWISE.toTorch));
    return { depthwise: true, shape: [height, width, groups, 1], values };
  }
  const compact = permuteValues(weight, shape, inverseOrder(CONVOLUTION.toTorch));
  const dense: [number, number, number, number] = [height, width, channels * groups, filters];
  if (groups === 1) return { depthwise: false, shape: dense, values: compact };
  return { depthwise: false, shape: dense, values: spreadGroups(compact, { shape, groups }) };
}

function spreadGroups(
  compact: Float32Array,
  { shape, groups }: Pick<Convolution, "shape" | "groups">,
): Float32Array {
  const [filters, channels, height, width] = shape;
  const perGroup = filters / groups;
  const values = new Float32Array(compact.length * groups);
  for (let tap = 0; tap < height * width; tap++) {
    for (let channel = 0; channel < channels; channel++) {
      for (let filter = 0; filter < filters; filter++) {
        const group = Math.floor(filter / perGroup);
        const row = tap * channels * groups + group * channels + channel;
        values[row * filters + filter] = compact[(tap * channels + channel) * filters + filter]!;
      }
    }
  }
  return values;
}
