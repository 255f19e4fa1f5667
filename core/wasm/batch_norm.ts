import * as tf from "@tensorflow/tfjs";
import { BATCH_NORM_GRAD, BATCH_NORM_TRAIN } from "../nn/kernels.ts";
import { heapValues, type WasmBackend } from "./heap.ts";

/**
 * Batch normalisation in training, forward and backward, one pass over memory per step. The sums are kept in double
 * precision: tfjs's own Mean adds tens of thousands of values in single precision, which costs deep networks percents
 * of their gradients.
 */

interface Settings {
  readonly epsilon: number;
  readonly momentum: number;
}

type Infos = Readonly<Record<string, tf.TensorInfo>>;

function makeAll(backend: WasmBackend, shapes: readonly (readonly number[])[]): tf.TensorInfo[] {
  return shapes.map((shape) => backend.makeOutput(shape, "float32"));
}

/** Sum of each channel of `x`, and of the squared distance from `mean` in a second pass. */
function statistics(x: Float32Array, channels: number): { mean: Float64Array; variance: Float64Array } {
  const mean = new Float64Array(channels), variance = new Float64Array(channels), count = x.length / channels;
  for (let row = 0; row < x.length; row += channels) {
    for (let c = 0; c < channels; c++) mean[c]! += x[row + c]!;
  }
  for (let c = 0; c < channels; c++) mean[c]! /= count;
  for (let row = 0; row < x.length; row += channels) {
    for (let c = 0; c < channels; c++) {
      const distance = x[row + c]! - mean[c]!;
      variance[c]! += distance * distance;
    }
  }
  for (let c = 0; c < channels; c++) variance[c]! /= count;
  return { mean, variance };
}

/** `y = x * factor + shift` per channel. */
function scaleAndShift(
  x: Float32Array,
  y: Float32Array,
  by: { factor: Float64Array; shift: Float64Array },
): void {
  const { factor, shift } = by, channels = factor.length;
  for (let row = 0; row < x.length; row += channels) {
    for (let c = 0; c < channels; c++) y[row + c] = x[row + c]! * factor[c]! + shift[c]!;
  }
}

function train(backend: WasmBackend, inputs: Infos, { epsilon, momentum }: Settings): tf.TensorInfo[] {
  const channels = inputs.x!.shape.at(-1)!;
  const vector = [channels];
  const made = makeAll(backend, [inputs.x!.shape, vector, vector, vector, vector]);
  const [y, nextMean, nextVar, saved0, saved1] = made.map((info) => heapValues(backend, info)) as Vectors;
  const of = (name: string) => heapValues(backend, inputs[name]!);
  const x = of("x"), scale = of("scale"), offset = of("offset");
  const runningMean = of("runningMean"), runningVar = of("runningVar");
  const { mean, variance } = statistics(x, channels);
  const count = x.length / channels, unbiased = count / Math.max(1, count - 1);
  const factor = new Float64Array(channels), shift = new Float64Array(channels);
  for (let c = 0; c < channels; c++) {
    const inverse = 1 / Math.sqrt(variance[c]! + epsilon);
    factor[c] = scale[c]! * inverse;
    shift[c] = offset[c]! - mean[c]! * factor[c]!;
    nextMean[c] = (1 - momentum) * runningMean[c]! + momentum * mean[c]!;
    nextVar[c] = (1 - momentum) * runningVar[c]! + momentum * unbiased * variance[c]!;
    saved0[c] = mean[c]!;
    saved1[c] = inverse;
  }
  scaleAndShift(x, y, { factor, shift });
  return made;
}

type Vectors = [Float32Array, Float32Array, Float32Array, Float32Array, Float32Array];

function grad(backend: WasmBackend, inputs: Infos): tf.TensorInfo[] {
  const channels = inputs.x!.shape.at(-1)!;
  const made = makeAll(backend, [inputs.x!.shape, [channels], [channels]]);
  const [dx, dscale, doffset] = made.map((info) => heapValues(backend, info)) as Vectors;
  const of = (name: string) => heapValues(backend, inputs[name]!);
  const x = of("x"), dy = of("dy"), scale = of("scale"), mean = of("saved0"), inverse = of("saved1");
  const sum = new Float64Array(channels), product = new Float64Array(channels), count = x.length / channels;
  for (let row = 0; row < x.length; row += channels) {
    for (let c = 0; c < channels; c++) {
      sum[c]! += dy[row + c]!;
      product[c]! += dy[row + c]! * (x[row + c]! - mean[c]!);
    }
  }
  const factor = new Float64Array(channels),
    slope = new Float64Array(channels),
    level = new Float64Array(channels);
  for (let c = 0; c < channels; c++) {
    doffset[c] = sum[c]!;
    dscale[c] = product[c]! * inverse[c]!;
    factor[c] = scale[c]! * inverse[c]!;
    slope[c] = factor[c]! * inverse[c]! * inverse[c]! * product[c]! / count;
    level[c] = factor[c]! * sum[c]! / count;
  }
  for (let row = 0; row < x.length; row += channels) {
    for (let c = 0; c < channels; c++) {
      dx[row + c] = dy[row + c]! * factor[c]! - (x[row + c]! - mean[c]!) * slope[c]! - level[c]!;
    }
  }
  return made;
}

/** Registers the fused batch normalisation of the wasm backend. */
export function registerBatchNorm(): void {
  tf.registerKernel({
    kernelName: BATCH_NORM_TRAIN,
    backendName: "wasm",
    kernelFunc: ({ inputs, attrs, backend }) =>
      train(backend as WasmBackend, inputs as Infos, attrs as unknown as Settings),
  });
  tf.registerKernel({
    kernelName: BATCH_NORM_GRAD,
    backendName: "wasm",
    kernelFunc: ({ inputs, backend }) => grad(backend as WasmBackend, inputs as Infos),
  });
}
