import { createRequire } from "node:module";
import type { TensorflowBinding } from "./binding.ts";
import { registerBatchNorm } from "./kernels/batch_norm.ts";
import { registerConv2d } from "./kernels/conv2d.ts";
import { registerFusedConv2d } from "./kernels/fused_conv2d.ts";
import { registerGroupedConv } from "./kernels/grouped_conv.ts";
import { registerKeepFloat32 } from "./kernels/keep_float32.ts";
import { registerLosses } from "./kernels/losses.ts";
import { registerMaxPool } from "./kernels/max_pool.ts";
import { registerMean } from "./kernels/mean.ts";
import { registerOptimizers } from "./kernels/optimizers.ts";
import { registerRelu } from "./kernels/relu.ts";
import { registerSoftmax } from "./kernels/softmax.ts";
import type { NodeBackend } from "./node_backend.ts";
import { registerUnchanged } from "./kernels/unchanged.ts";

type NodeBackendClass = new (binding: TensorflowBinding, packageName: string) => NodeBackend;

/**
 * Gives node:util the two functions that tfjs-node 4.22 calls and runtimes have dropped since: without them every
 * operation throws.
 */
function restoreUtilities(require: NodeJS.Require): void {
  const util = require("node:util") as Record<string, unknown>;
  util.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
  util.isArray ??= Array.isArray;
}

/**
 * tfjs-node's kernels over a binding of ours. Registers the kernels for the backend name "tensorflow", which they look
 * up themselves, and returns the backend to register.
 */
export function loadNodeKernels(binding: TensorflowBinding): NodeBackend {
  const require = createRequire(import.meta.url);
  restoreUtilities(require);
  const { NodeJSKernelBackend } = require("@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend.js") as {
    NodeJSKernelBackend: NodeBackendClass;
  };
  require("@tensorflow/tfjs-node-gpu/dist/register_all_kernels.js");
  registerConv2d();
  registerFusedConv2d();
  registerGroupedConv();
  registerBatchNorm();
  registerMaxPool();
  registerMean();
  registerRelu();
  registerSoftmax();
  registerKeepFloat32();
  registerLosses();
  registerUnchanged();
  registerOptimizers();
  return new NodeJSKernelBackend(binding, "tensorflow");
}
