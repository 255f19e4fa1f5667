// core/wasm is imported directly: no other plugin needs it, so plugin.ts does not export it.
import { z } from "zod";
import { defineBackend } from "../../plugin.ts";
import { hasSimd } from "../../core/wasm/module.ts";
import { startWasm } from "../../core/wasm/start.ts";

/** WebAssembly: runs wherever the npm packages install. */
export default defineBackend({
  name: "wasm",
  about: "WebAssembly with SIMD and threads, from the npm package alone; runs everywhere",
  params: z.strictObject({}),
  rank: 2,
  create: (_params, { threads }) => ({
    unavailable: () =>
      Promise.resolve(hasSimd() ? null : "this processor or runtime has no WebAssembly SIMD"),
    start: () => startWasm(threads),
  }),
});
