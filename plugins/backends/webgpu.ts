import * as tf from "@tensorflow/tfjs";
import { z } from "zod";
import { type Backend, type BackendContext, defineBackend } from "../../plugin.ts";
import { withoutLibraryNoise } from "../../core/machine/library_noise.ts";

const params = z.strictObject({
  power: z.enum(["high-performance", "low-power"]).default("high-performance").describe(
    "Which adapter to ask for where there are several",
  ),
});

type Power = z.output<typeof params>["power"];

/** Drivers complain of a missing display at every request, before it returns its promise. */
async function findAdapter(power: Power): Promise<GPUAdapter | null> {
  return await withoutLibraryNoise(() => navigator.gpu?.requestAdapter({ powerPreference: power })) ?? null;
}

/** Whether an adapter is software-emulated on the CPU, such as Mesa's llvmpipe: correct, but slower than wasm. */
function isSoftware(adapter: GPUAdapter): boolean {
  return adapter.info.isFallbackAdapter;
}

async function unavailable(power: Power, context: BackendContext): Promise<string | null> {
  const adapter = await findAdapter(power);
  if (!adapter) {
    return "WebGPU finds no adapter. Install the GPU's Vulkan driver, or name another backend (wasm runs anywhere)";
  }
  const refused = context.automatic && isSoftware(adapter);
  return refused ? `the only WebGPU adapter computes in software (${adapter.info.description})` : null;
}

/**
 * tfjs-backend-webgpu registers itself on import. It requests the adapter's maximum buffer size, because WebGPU's
 * default of 128 MiB is too small for a batch of large images.
 */
async function start(power: Power): Promise<string> {
  const adapter = await findAdapter(power);
  await import("@tensorflow/tfjs-backend-webgpu");
  tf.env().set("WEBGPU_USE_LOW_POWER_GPU", power === "low-power");
  const started = await withoutLibraryNoise(() => tf.setBackend("webgpu"));
  if (!started) throw new Error("TensorFlow.js could not start its webgpu backend");
  const { description, vendor } = adapter!.info;
  const megabytes = Math.floor(adapter!.limits.maxStorageBufferBindingSize / 2 ** 20);
  return `WebGPU on ${description || vendor}${
    isSoftware(adapter!) ? " (software)" : ""
  }, tensors up to ${megabytes} MiB`;
}

/** Any GPU through Deno's WebGPU. */
export default defineBackend({
  name: "webgpu",
  about: "Any GPU through WebGPU, nothing to install",
  params,
  rank: 1,
  create: ({ power }, context): Backend => ({
    unavailable: () => unavailable(power, context),
    start: () => start(power),
  }),
});
