import type * as tf from "@tensorflow/tfjs";
import { BATCH_NORM_GRAD, BATCH_NORM_TRAIN } from "../nn/kernels/layer_kernels.ts";
import { heapOffset, heapValues, type WasmBackend } from "./heap.ts";
import { moduleOf, type WasmModule } from "./module.ts";
import { type KernelCall, registerKernel } from "./register_kernel.ts";

/**
 * Batch normalisation in training, forward and backward, two passes over memory each. The sums are kept in double
 * precision: tfjs's own Mean adds tens of thousands of values in single precision, which changes the gradients of deep
 * networks by percents.
 */

interface Settings {
  readonly epsilon: number;
  readonly momentum: number;
}

type Infos = Readonly<Record<string, tf.TensorInfo>>;

function makeAll(backend: WasmBackend, shapes: readonly (readonly number[])[]): tf.TensorInfo[] {
  return shapes.map((shape) => backend.makeOutput(shape, "float32"));
}

/** Values per channel, kept in the workspace: sums in double precision, then factors for the second pass. */
class Channels {
  readonly totals: Float64Array;
  readonly sums: Float64Array;
  readonly first: Float32Array;
  readonly second: Float32Array;
  readonly third: Float32Array;

  constructor({ workspace, memory }: WasmModule, channels: number) {
    const at = (index: number) => workspace.patches + index * 8 * channels;
    this.totals = new Float64Array(memory.buffer, at(0), channels).fill(0);
    this.sums = new Float64Array(memory.buffer, at(1), channels).fill(0);
    this.first = new Float32Array(memory.buffer, at(2), channels).fill(0);
    this.second = new Float32Array(memory.buffer, at(3), channels).fill(0);
    this.third = new Float32Array(memory.buffer, at(4), channels).fill(0);
  }
}

type Vectors = [Float32Array, Float32Array, Float32Array, Float32Array];

function train({ backend, inputs, attributes }: KernelCall<Infos, Settings>): tf.TensorInfo[] {
  const { epsilon, momentum } = attributes, shape = inputs.x!.shape, channels = shape.at(-1)!;
  const made = makeAll(backend, [shape, [channels], [channels], [channels], [channels]]);
  const module = moduleOf(backend), { run } = module;
  const count = shape.slice(0, -1).reduce((size, side) => size * side, 1);
  const unbiased = count / Math.max(1, count - 1);
  const [x, y] = [inputs.x!, made[0]!].map((info) => heapOffset(backend, info)) as [number, number];
  const { totals, sums, first: factor } = new Channels(module, channels);
  run.sumProducts(x, x, factor.byteOffset, count, channels, totals.byteOffset, sums.byteOffset);
  const [nextMean, nextVar, saved0, saved1] = made.slice(1).map((info) =>
    heapValues(backend, info)
  ) as Vectors;
  const [scale, runningMean, runningVar] = [inputs.scale!, inputs.runningMean!, inputs.runningVar!]
    .map((info) => heapValues(backend, info)) as Vectors;
  for (let c = 0; c < channels; c++) {
    const mean = totals[c]! / count, variance = Math.max(0, sums[c]! / count - mean * mean);
    const inverse = 1 / Math.sqrt(variance + epsilon);
    factor[c] = scale[c]! * inverse;
    nextMean[c] = (1 - momentum) * runningMean[c]! + momentum * mean;
    nextVar[c] = (1 - momentum) * runningVar[c]! + momentum * unbiased * variance;
    saved0[c] = mean;
    saved1[c] = inverse;
  }
  const offset = heapOffset(backend, inputs.offset!);
  run.normalize(x, y, count, channels, saved0.byteOffset, factor.byteOffset, offset);
  return made;
}

function grad({ backend, inputs }: KernelCall<Infos, Settings>): tf.TensorInfo[] {
  const shape = inputs.x!.shape, channels = shape.at(-1)!;
  const made = makeAll(backend, [shape, [channels], [channels]]);
  const module = moduleOf(backend), { run } = module;
  const count = shape.slice(0, -1).reduce((size, side) => size * side, 1);
  const [x, dy, mean, dx] = [inputs.x!, inputs.dy!, inputs.saved0!, made[0]!]
    .map((info) => heapOffset(backend, info)) as [number, number, number, number];
  const { totals, sums, first: factor, second: slope, third: level } = new Channels(module, channels);
  run.sumProducts(dy, x, mean, count, channels, totals.byteOffset, sums.byteOffset);
  const [dscale, doffset, scale, inverse] = [made[1]!, made[2]!, inputs.scale!, inputs.saved1!]
    .map((info) => heapValues(backend, info)) as Vectors;
  for (let c = 0; c < channels; c++) {
    doffset[c] = totals[c]!;
    dscale[c] = sums[c]! * inverse[c]!;
    factor[c] = scale[c]! * inverse[c]!;
    slope[c] = scale[c]! * inverse[c]! ** 3 * sums[c]! / count;
    level[c] = totals[c]! / count;
  }
  const [factorAt, slopeAt, levelAt] = [factor.byteOffset, slope.byteOffset, level.byteOffset];
  run.normalizeBack(x, dy, dx, count, channels, mean, factorAt, slopeAt, levelAt);
  return made;
}

/** Registers the fused batch normalisation of the wasm backend. */
export function registerBatchNorm(): void {
  registerKernel(BATCH_NORM_TRAIN, train);
  registerKernel(BATCH_NORM_GRAD, grad);
}
