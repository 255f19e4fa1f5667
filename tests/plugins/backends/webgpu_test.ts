import * as tf from "@tensorflow/tfjs";
import { assertEquals, assertMatch } from "@std/assert";
import webgpu from "../../../plugins/backends/webgpu.ts";
import { needing } from "../../_needing.ts";
import { loadTensorflowFirst } from "../../core/tensorflow/_native.ts";
import { keepsNothing, operationsAgree } from "./_agreement.ts";

const backend = webgpu.create({}, { threads: 0 });
await loadTensorflowFirst();
const reason = await backend.unavailable();
const options = (name: string) => ({
  ...needing(name, reason),
  sanitizeOps: false,
  sanitizeResources: false,
});

Deno.test(
  options("values and gradients on webgpu equal the cpu backend's"),
  async (context) => {
    assertMatch(await backend.start(), /^WebGPU on .+, tensors up to \d+ MiB$/);
    await operationsAgree(context, "webgpu");
  },
);

Deno.test(options("training on webgpu keeps no tensors"), async () => {
  await backend.start();
  // Buffers are kept to be used again: neither their bytes nor their number may grow.
  const memory = () =>
    tf.memory() as tf.MemoryInfo & { numBytesInGPU: number; numBytesAllocatedInGPU: number };
  await keepsNothing("webgpu", () => memory().numBytesInGPU + memory().numBytesAllocatedInGPU);
});

Deno.test(
  options("the device has the adapter's limits, not WebGPU's defaults"),
  async () => {
    await backend.start();
    const adapter = (await navigator.gpu.requestAdapter())!;
    const { device } = tf.backend() as unknown as { device: GPUDevice };
    assertEquals(device.limits.maxBufferSize, adapter.limits.maxBufferSize);
    assertEquals(device.limits.maxStorageBufferBindingSize, adapter.limits.maxStorageBufferBindingSize);
  },
);

Deno.test(options("auto takes no adapter that computes in software"), async () => {
  const adapter = (await navigator.gpu.requestAdapter())!;
  const refusal = await webgpu.create({}, { threads: 0, automatic: true }).unavailable();
  assertEquals(refusal !== null, adapter.info.isFallbackAdapter);
});

Deno.test("without an adapter webgpu says what to do", async () => {
  const place = new URL("../../../plugins/backends/webgpu.ts", import.meta.url).href;
  const script = `
    Object.defineProperty(navigator, "gpu", { value: { requestAdapter: () => Promise.resolve(null) } });
    const { default: webgpu } = await import("${place}");
    console.log(await webgpu.create({}, { threads: 0 }).unavailable());`;
  const config = new URL("../../../deno.json", import.meta.url).pathname;
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/ask.ts`, script);
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--config", config, "--allow-read", "--allow-env", `${folder}/ask.ts`],
  }).output();
  assertMatch(new TextDecoder().decode(stdout), /WebGPU finds no adapter.*Vulkan driver.*another backend/s);
  await Deno.remove(folder, { recursive: true });
});
