import type * as tf from "@tensorflow/tfjs";
import type { TensorflowBinding } from "./binding.ts";
import type { TensorMetadata } from "./executor.ts";

/** tfjs-node's backend class, as far as Podium touches it. */
export interface NodeBackend extends tf.KernelBackend {
  readonly binding: TensorflowBinding;
  readonly isUsingGpuDevice: boolean;
  /** Where each tensor's values are: its native number, or -1 and values that were not yet handed to TensorFlow. */
  readonly tensorMap: { get(data: tf.DataId): { id: number } };
  /** A tensor of TensorFlow.js over a native one. */
  createOutputTensor(metadata: TensorMetadata): tf.Tensor;
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
