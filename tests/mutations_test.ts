import { assert, assertEquals } from "@std/assert";
import { testSeed } from "./_seed.ts";
import { runMutations } from "./soak/mutations.ts";

/** The long form is `deno run -A tests/soak/mutations.ts`. */
Deno.test("damaged files are refused by name or told, and where a checksum is none is taken for whole", async () => {
  const results = await runMutations({ count: 1500, seed: testSeed("mutations") });
  assertEquals(results.filter(({ checked }) => checked).map(({ different }) => different), Array(7).fill(0));
  for (const { kind, refused, warned } of results) assert(refused + warned > 0, kind);
});
