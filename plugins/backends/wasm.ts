// Opens a room of core that no other plugin needs, so it is not in plugin.ts.
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
