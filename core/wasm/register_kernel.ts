import * as tf from "@tensorflow/tfjs";
import type { WasmBackend } from "./heap.ts";

/** One call of a kernel, inputs and attributes under the names that the operation gives them. */
export interface KernelCall<Inputs, Attributes> {
  readonly backend: WasmBackend;
  readonly inputs: Inputs;
  readonly attributes: Attributes;
}

/** Registers a kernel of the wasm backend, in place of tfjs-backend-wasm's own where it has one. */
export function registerKernel<Inputs, Attributes>(
  kernelName: string,
  run: (call: KernelCall<Inputs, Attributes>) => tf.TensorInfo | tf.TensorInfo[],
): void {
  if (tf.getKernel(kernelName, "wasm")) tf.unregisterKernel(kernelName, "wasm");
  tf.registerKernel({
    kernelName,
    backendName: "wasm",
    kernelFunc: ({ inputs, attrs, backend }) =>
      run({
        backend: backend as WasmBackend,
        inputs: inputs as unknown as Inputs,
        attributes: attrs as unknown as Attributes,
      }),
  });
}
