import { dataType, type KernelFunction, replaceKernel, runOne } from "./operation.ts";

/**
 * Softmax over the last axis as the exponential of the log-softmax. Inside functions TensorFlow's own Softmax has a second
 * implementation (oneDNN's), which differs in the last bit, so that a recorded step would not equal an eager one, and
 * which gives 0 beside NaN.
 */
const softmax: KernelFunction = ({ inputs, backend }) => {
  const attributes = [dataType("T")];
  const logarithms = runOne(backend, "LogSoftmax", { attributes, inputs: [inputs.logits!] });
  const probabilities = runOne(backend, "Exp", { attributes, inputs: [logarithms] });
  logarithms.dispose();
  return probabilities;
};

/** Registers a softmax that gives the same bits eagerly and in a recorded step. */
export function registerSoftmax(): void {
  replaceKernel("Softmax", softmax);
}
