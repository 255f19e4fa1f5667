import * as tf from "@tensorflow/tfjs";
import { keptFloat32 } from "./keep_float32.ts";
import { dataType, type KernelFunction, replaceKernel, runOne } from "./operation.ts";

/**
 * Softmax over the last axis as the exponential of the log-softmax. Inside functions TensorFlow's own Softmax has a second
 * implementation (oneDNN's), which differs in the last bit, so that a recorded step would not equal an eager one, and
 * which gives 0 beside NaN. Computed in float32 whatever the precision.
 */
const softmax: KernelFunction = ({ inputs, backend }) =>
  tf.tidy(() => {
    const attributes = [dataType("T")];
    const logits = keptFloat32(backend, inputs.logits!);
    const logarithms = runOne(backend, "LogSoftmax", { attributes, inputs: [logits] });
    return runOne(backend, "Exp", { attributes, inputs: [logarithms] });
  });

/** Registers a softmax that gives the same bits eagerly and in a recorded step. */
export function registerSoftmax(): void {
  replaceKernel("Softmax", softmax);
}
