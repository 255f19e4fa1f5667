import { z } from "zod";
import { defineBackend } from "../../core/plugin/define.ts";
import { startWasm } from "../../core/wasm/start.ts";

/** WebAssembly: runs wherever the npm packages install. */
export default defineBackend({
  name: "wasm",
  about: "WebAssembly with SIMD, from the npm package alone; runs everywhere",
  params: z.strictObject({}),
  rank: 2,
  create: () => ({ unavailable: () => Promise.resolve(null), start: startWasm }),
});
