import { assertEquals } from "@std/assert";
import { hashOfSources, ROOMS } from "../../../core/wasm/build.ts";

Deno.test("the compiled kernels are those of the AssemblyScript sources (else run core/wasm/build.ts)", async () => {
  for (const room of Object.keys(ROOMS)) {
    const { SOURCES } = await import(`../../../core/${room}/assembled.ts`);
    assertEquals(SOURCES, await hashOfSources(room), room);
  }
});
