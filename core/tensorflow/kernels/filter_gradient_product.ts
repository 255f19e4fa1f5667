import * as tf from "@tensorflow/tfjs";
import type { NodeBackend } from "../node_backend.ts";
import type { Geometry } from "./convolution_geometry.ts";
import { dataType, flag, runOne } from "./operation.ts";

/**
 * Positions of the output for each filter, up to which gathering the windows costs less than the product gains over
 * oneDNN's own gradient in bfloat16. The fewer positions, the more that gradient spends on the filter itself.
 */
const POSITIONS_PER_FILTER = 32;

/** What the gradient of a convolution's filter is computed from: the input, and the output's gradient. */
export interface FilterGradientParts {
  readonly x: tf.TensorInfo;
  readonly dy: tf.TensorInfo;
  readonly geometry: Geometry;
}

/** Whether {@link filterGradientByProduct} is the faster way to the filter's gradient. */
export function prefersProduct(backend: NodeBackend, { dy, geometry }: FilterGradientParts): boolean {
  if (backend.isUsingGpuDevice || !geometry.channelsLast) return false;
  if (backend.binding.tape?.options.precision !== "bfloat16") return false;
  const [batch, height, width, filters] = dy.shape as [number, number, number, number];
  return geometry.isPointwise || batch * height * width <= POSITIONS_PER_FILTER * filters;
}

/** For each position of the output, the places of its window in an input of rows and columns with zeros around it. */
function windowPlaces({ dy, geometry }: FilterGradientParts): Int32Array {
  const [, height, width] = dy.shape as [number, number, number, number];
  const [filterHeight, filterWidth] = geometry.filterShape as [number, number];
  const [, down, right] = geometry.strides as [number, number, number, number];
  const columns = geometry.paddedShape[2]!;
  const places = new Int32Array(height * width * filterHeight * filterWidth);
  let index = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let row = 0; row < filterHeight; row++) {
        const start = (y * down + row) * columns + x * right;
        for (let column = 0; column < filterWidth; column++) places[index++] = start + column;
      }
    }
  }
  return places;
}

/** The input of each window: `[batch, positions, taps, channels]`, in the memory order of a matrix. */
function windows(parts: FilterGradientParts): tf.Tensor {
  const { geometry } = parts, x = parts.x as tf.Tensor;
  const [, down, right] = geometry.strides;
  if (geometry.isPointwise) {
    return down === 1 && right === 1 ? x : tf.stridedSlice(x, [0, 0, 0, 0], x.shape, [...geometry.strides]);
  }
  const [batch, rows, columns, channels] = geometry.paddedShape as [number, number, number, number];
  const padded = tf.pad(x, geometry.paddings);
  const places = tf.tensor1d(windowPlaces(parts), "int32");
  return tf.gather(tf.reshape(padded, [batch, rows * columns, channels]), places, 1);
}

/**
 * The gradient of a convolution's filter as one matrix product, of the input's windows and the output's gradient. oneDNN's
 * own gradient has each thread sum a copy of the whole filter: where outputs are small and filters many, the product
 * takes half of its time on one thread and a third on two.
 */
export function filterGradientByProduct(backend: NodeBackend, parts: FilterGradientParts): tf.Tensor {
  const { dy, geometry } = parts;
  const [height, width, channels, filters] = geometry.filterShape as [number, number, number, number];
  return tf.tidy(() => {
    const product = runOne(backend, "MatMul", {
      attributes: [dataType("T"), flag("transpose_a", true), flag("transpose_b", false)],
      inputs: [
        tf.reshape(windows(parts), [-1, height * width * channels]),
        tf.reshape(dy as tf.Tensor, [-1, filters]),
      ],
    });
    return tf.reshape(product, geometry.filterShape as [number, number, number, number]);
  });
}
