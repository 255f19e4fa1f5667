import type * as tf from "@tensorflow/tfjs";
import { ADAM_KERNEL, type AdamAttributes } from "../nn/kernels/update_kernels.ts";
import { heapOffset } from "./heap.ts";
import { moduleOf } from "./module.ts";
import { type KernelCall, registerKernel } from "./register_kernel.ts";

type Inputs = Readonly<Record<"parameter" | "gradient" | "expAvg" | "expAvgSq", tf.TensorInfo>>;

/** The fields of assembly/adam.ts's class `Step`, in their order in memory. */
function stepValues(attributes: AdamAttributes): number[] {
  const { learningRate, beta1, beta2, epsilon, weightDecay, decoupled, step } = attributes;
  return [
    decoupled ? 1 - learningRate * weightDecay : 1,
    decoupled ? 0 : weightDecay,
    beta1,
    1 - beta1,
    beta2,
    1 - beta2,
    learningRate / (1 - beta1 ** step),
    1 / Math.sqrt(1 - beta2 ** step),
    epsilon,
  ];
}

function update({ backend, inputs, attributes }: KernelCall<Inputs, AdamAttributes>): tf.TensorInfo[] {
  const { parameter, gradient, expAvg, expAvgSq } = inputs;
  const made = [0, 1, 2].map(() => backend.makeOutput(parameter.shape, "float32"));
  const { run, workspace, memory } = moduleOf(backend);
  const values = stepValues(attributes);
  new Float32Array(memory.buffer, workspace.walk, values.length).set(values);
  const places = [parameter, gradient, expAvg, expAvgSq, ...made].map((info) => heapOffset(backend, info));
  const bytes = parameter.shape.reduce((size, side) => size * side, 4);
  run.adam(workspace.walk, bytes, ...places as SevenPlaces);
  return made;
}

type SevenPlaces = [number, number, number, number, number, number, number];

/** Registers Adam and AdamW as one pass over memory; composed from ordinary operations they take a dozen. */
export function registerAdam(): void {
  registerKernel(ADAM_KERNEL, update);
}
