import type * as tf from "@tensorflow/tfjs";
import type { TensorflowBinding } from "./binding.ts";

/** tfjs-node's backend class, as far as Podium touches it. */
export interface NodeBackend extends tf.KernelBackend {
  readonly binding: TensorflowBinding;
  readonly isUsingGpuDevice: boolean;
  /** Numbers of the native tensors; values that were not yet handed to TensorFlow are handed over. */
  getInputTensorIds(tensors: readonly tf.TensorInfo[]): number[];
  executeSingleOutput(name: string, attributes: unknown[], inputs: tf.TensorInfo[]): tf.Tensor;
  executeMultipleOutputs(
    name: string,
    attributes: unknown[],
    inputs: tf.TensorInfo[],
    count: number,
  ): tf.Tensor[];
  applyActivation(x: tf.Tensor, activation: string, weights?: tf.Tensor, alpha?: number): tf.Tensor;
}
