import { CONVOLUTION, DEPTHWISE, inverseOrder, permuteValues } from "../nn/layers/parameter_layout.ts";
import type { Convolution } from "./emitter.ts";

/** Filters as TensorFlow.js lays them out. */
export interface DenseFilters {
  /** Whether every channel has its own filter: `[height, width, channels, 1]`; else `[height, width, channels, filters]`. */
  readonly depthwise: boolean;
  readonly shape: [number, number, number, number];
  readonly values: Float32Array;
}

/**
 * PyTorch's filters for TensorFlow.js's own layers, which know dense and depthwise convolutions: groups in between
 * become one dense filter with zeros outside the blocks on its diagonal.
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
