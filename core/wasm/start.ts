import { createRequire } from "node:module";
import { dirname, join } from "@std/path";
import * as tf from "@tensorflow/tfjs";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { registerAdam } from "./adam.ts";
import { registerBatchNorm } from "./batch_norm.ts";
import { registerConvolutions } from "./conv_kernels.ts";
import { registerDepthwiseGradients } from "./depthwise_gradients.ts";
import type { WasmBackend } from "./heap.ts";
import { hasRelaxedSimd } from "./module.ts";
import { registerMatMul } from "./mat_mul.ts";
import { registerMaxPoolGradient } from "./max_pool_gradient.ts";
import { withSharedMemory } from "./shared_memory.ts";
import { formTeam } from "./team.ts";

const BINARIES = [
  "tfjs-backend-wasm.wasm",
  "tfjs-backend-wasm-simd.wasm",
  "tfjs-backend-wasm-threaded-simd.wasm",
];

/** Most threads that are started by default: the layers of the usual networks have no work for more. */
const MOST_THREADS = 16;

/** Makes tfjs-backend-wasm load the SIMD binary of its npm package with a memory that our threads can share. */
async function shareBinary(): Promise<void> {
  const entry = createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm");
  const binary = withSharedMemory(await Deno.readFile(join(dirname(entry), "tfjs-backend-wasm-simd.wasm")));
  const url = URL.createObjectURL(new Blob([binary], { type: "application/wasm" }));
  setWasmPaths(Object.fromEntries(BINARIES.map((name) => [name, url])), true);
  // The threaded build looks for its worker's script under a path that Deno refuses.
  tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
}

function registerKernels(): void {
  registerAdam();
  registerBatchNorm();
  registerConvolutions();
  registerMatMul();
  registerDepthwiseGradients();
  registerMaxPoolGradient();
}

let prepared = false;

/**
 * Starts tfjs-backend-wasm with our kernels and makes it the current backend.
 *
 * @param threads threads for convolutions and products, which do not change the results; 0 for all processors
 * @returns one line for the user: threads and SIMD
 */
export async function startWasm(threads = 1): Promise<string> {
  if (!prepared) {
    await shareBinary();
    registerKernels();
    prepared = true;
  }
  if (!(await tf.setBackend("wasm"))) throw new Error("tfjs-backend-wasm did not start");
  await tf.ready();
  const count = threads || Math.min(MOST_THREADS, navigator.hardwareConcurrency);
  await formTeam(tf.backend() as unknown as WasmBackend, count);
  const counted = count === 1 ? "one thread" : `${count} threads`;
  return `wasm: ${counted}, SIMD ${hasRelaxedSimd() ? "with" : "without"} multiply-add`;
}
