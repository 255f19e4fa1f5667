import type * as tf from "@tensorflow/tfjs";
import { DATA_TYPES } from "../data_types.ts";
import { type FunctionDefinition, typeValue } from "../function_def.ts";
import { type KernelFunction, replaceKernel, runOne } from "./operation.ts";

/**
 * Softmax over the last axis as a function. TensorFlow's oneDNN build has two implementations, one for operations by
 * themselves and one inside functions, which differ in the last bit: with this one a recorded step equals a plain one.
 */
const SOFTMAX: FunctionDefinition = {
  name: "PodiumSoftmax",
  inputs: { logits: DATA_TYPES.float32 },
  outputs: { probabilities: { dataType: DATA_TYPES.float32, from: "softmax:softmax:0" } },
  nodes: [{
    name: "softmax",
    operation: "Softmax",
    inputs: ["logits"],
    attributes: { T: typeValue(DATA_TYPES.float32) },
  }],
};

const softmax: KernelFunction = ({ inputs, backend }) => {
  const { binding } = backend;
  if (!binding.hasFunction(SOFTMAX.name)) binding.defineFunction(SOFTMAX);
  return runOne(backend, SOFTMAX.name, { attributes: [], inputs: [inputs.logits as tf.Tensor] });
};

/** Softmax that is the same to the bit alone and in a recorded step. */
export function registerSoftmax(): void {
  replaceKernel("Softmax", softmax);
}
