import type * as tf from "@tensorflow/tfjs";
import { KEEP_FLOAT32_KERNEL } from "../../nn/keep_float32.ts";
import type { NodeBackend } from "../node_backend.ts";
import { dataType, type KernelFunction, replaceKernel, runOne } from "./operation.ts";

/**
 * A tensor that the graph optimizer leaves in float32: a Bitcast from float32 to float32 is none of the operations whose
 * precision it chooses, and is removed once that is done. Outside of a recording the tensor itself, as nothing is
 * rewritten there.
 */
export function keptFloat32(backend: NodeBackend, x: tf.TensorInfo): tf.TensorInfo {
  if (backend.binding.tape === null) return x;
  return runOne(backend, "Bitcast", { attributes: [dataType("T"), dataType("type")], inputs: [x] });
}

const keepFloat32: KernelFunction = ({ inputs, backend }) => {
  const x = inputs.x!, kept = keptFloat32(backend, x);
  if (kept !== x) return [kept];
  backend.incRef(x.dataId);
  return [{ dataId: x.dataId, shape: x.shape, dtype: x.dtype }];
};

/** Registers the kernel that keeps half precision out of what follows it. */
export function registerKeepFloat32(): void {
  replaceKernel(KEEP_FLOAT32_KERNEL, keepFloat32);
}
