import * as tf from "@tensorflow/tfjs";
import { type KernelFunction, replaceKernel } from "./operation.ts";

/** Runs a kernel of tfjs-node only where it changes something; elsewhere the result shares the input's memory. */
function skipWhere(
  name: string,
  unchanged: (x: tf.TensorInfo, attrs: Record<string, unknown>) => boolean,
): void {
  const { kernelFunc } = tf.getKernel(name, "tensorflow");
  const kernel: KernelFunction = ({ inputs, attrs, backend }) => {
    const x = inputs.x!;
    if (!unchanged(x, attrs)) {
      return kernelFunc({ inputs: { x }, attrs: attrs as tf.NamedAttrMap, backend }) as tf.TensorInfo;
    }
    backend.incRef(x.dataId);
    return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
  };
  replaceKernel(name, kernel);
}

/** Skips casts to a tensor's own type and reshapes to its own shape: gradients hold many, each of them a launch. */
export function registerUnchanged(): void {
  skipWhere(tf.Cast, ({ dtype }, attrs) => dtype === attrs.dtype);
  skipWhere(tf.Reshape, ({ shape }, attrs) => tf.util.arraysEqual(shape, attrs.shape as number[]));
}
