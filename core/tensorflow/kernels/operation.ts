import * as tf from "@tensorflow/tfjs";
import type { Attribute } from "../attributes.ts";
import { ATTRIBUTE_TYPES, DATA_TYPES } from "../data_types.ts";
import type { NodeBackend } from "../node_backend.ts";

/** What a kernel of TensorFlow.js is called with. */
export interface KernelCall {
  readonly inputs: Readonly<Record<string, tf.TensorInfo>>;
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly backend: NodeBackend;
}

/** Computes a kernel's outputs. */
export type KernelFunction = (call: KernelCall) => tf.TensorInfo | tf.TensorInfo[];

const NAME = "tensorflow";

/** Registers a kernel for the tensorflow backend in place of tfjs-node's, if it has one. */
export function replaceKernel(kernelName: string, kernel: KernelFunction): void {
  if (tf.getKernel(kernelName, NAME)) tf.unregisterKernel(kernelName, NAME);
  const kernelFunc = kernel as unknown as tf.KernelFunc;
  tf.registerKernel({ kernelName, backendName: NAME, kernelFunc });
}

/** A string attribute. */
export function text(name: string, value: string): Attribute {
  return { name, type: ATTRIBUTE_TYPES.string, value };
}

/** An integer attribute, or a list of them. */
export function integer(name: string, value: number | readonly number[]): Attribute {
  return { name, type: ATTRIBUTE_TYPES.int, value };
}

/** A float attribute. */
export function float(name: string, value: number): Attribute {
  return { name, type: ATTRIBUTE_TYPES.float, value };
}

/** A yes-or-no attribute. */
export function flag(name: string, value: boolean): Attribute {
  return { name, type: ATTRIBUTE_TYPES.bool, value };
}

/** A data-type attribute; float32 when left out. */
export function dataType(name: string, value: keyof typeof DATA_TYPES = "float32"): Attribute {
  return { name, type: ATTRIBUTE_TYPES.type, value: DATA_TYPES[value] };
}

/** Runs an operation with one output. */
export function runOne(
  backend: NodeBackend,
  operation: string,
  call: { readonly attributes: readonly Attribute[]; readonly inputs: readonly tf.TensorInfo[] },
): tf.Tensor {
  return backend.executeSingleOutput(operation, [...call.attributes], [...call.inputs]);
}

/** Runs an operation with several outputs; those not asked for are freed at once. */
export function runMany(
  backend: NodeBackend,
  operation: string,
  call: {
    readonly attributes: readonly Attribute[];
    readonly inputs: readonly tf.TensorInfo[];
    readonly outputs: number;
  },
): tf.Tensor[] {
  return backend.executeMultipleOutputs(operation, [...call.attributes], [...call.inputs], call.outputs);
}

/** A vector of int32, such as a shape or axes; equal ones share one native tensor. */
export function integers(values: readonly number[]): tf.Tensor1D {
  return tf.tensor1d([...values], "int32");
}
