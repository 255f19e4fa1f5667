import { createRequire } from "node:module";
import { dirname, join } from "@std/path";
import * as tf from "@tensorflow/tfjs";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { registerAdam } from "./adam.ts";
import { registerBatchNorm } from "./batch_norm.ts";
import { registerConvolutions } from "./conv_kernels.ts";
import { registerDepthwiseGradients } from "./depthwise_gradients.ts";
import { hasRelaxedSimd } from "./module.ts";
import { registerMatMul } from "./mat_mul.ts";
import { registerMaxPoolGradient } from "./max_pool_gradient.ts";

let registered = false;

/** Starts tfjs-backend-wasm from its npm package with our kernels and makes it current. One line says what runs. */
export async function startWasm(): Promise<string> {
  if (!registered) {
    const entry = createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm");
    setWasmPaths(join(dirname(entry), "/"));
    // The threaded build looks for its worker's script under a path that Deno refuses.
    tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
    registerAdam();
    registerBatchNorm();
    registerConvolutions();
    registerMatMul();
    registerDepthwiseGradients();
    registerMaxPoolGradient();
    registered = true;
  }
  if (!(await tf.setBackend("wasm"))) throw new Error("tfjs-backend-wasm did not start");
  await tf.ready();
  return `wasm: one thread, SIMD ${hasRelaxedSimd() ? "with" : "without"} multiply-add`;
}
