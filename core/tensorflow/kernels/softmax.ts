import { dataType, type KernelFunction, replaceKernel, runOne } from "./operation.ts";

/**
 * Softmax over the last axis by way of its logarithm. TensorFlow's own Softmax has a second implementation inside
 * functions (oneDNN's), which differs in the last bit, so that a recorded step would not equal a plain one, and which
 * gives 0 beside NaN.
 */
const softmax: KernelFunction = ({ inputs, backend }) => {
  const attributes = [dataType("T")];
  const logarithms = runOne(backend, "LogSoftmax", { attributes, inputs: [inputs.logits!] });
  const probabilities = runOne(backend, "Exp", { attributes, inputs: [logarithms] });
  logarithms.dispose();
  return probabilities;
};

/** Softmax that is the same to the bit alone and in a recorded step. */
export function registerSoftmax(): void {
  replaceKernel("Softmax", softmax);
}
