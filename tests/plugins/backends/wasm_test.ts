import { assertEquals } from "@std/assert";
import wasm from "../../../plugins/backends/wasm.ts";
import { keepsNothing, operationsAgree } from "./_agreement.ts";

const backend = wasm.create({}, { threads: 0 });
const options = { sanitizeOps: false, sanitizeResources: false };

Deno.test({ ...options, name: "values and gradients on wasm equal the cpu backend's" }, async (context) => {
  assertEquals(await backend.unavailable(), null);
  await backend.start();
  await operationsAgree(context, "wasm");
});

Deno.test({ ...options, name: "training on wasm keeps no tensors" }, async () => {
  await backend.start();
  await keepsNothing("wasm");
});
