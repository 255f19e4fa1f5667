import { assert, assertEquals } from "@std/assert";
import { testSeed } from "../_seed.ts";
import { runMutations } from "./_mutations.ts";
import { rounds } from "./_rounds.ts";

Deno.test("damaged files are refused by name or told, and where a checksum is none is taken for whole", async () => {
  const results = await runMutations({ count: rounds(1500, 10_000), seed: testSeed("mutations") });
  assertEquals(results.filter(({ checked }) => checked).map(({ different }) => different), Array(7).fill(0));
  for (const { kind, refused, warned } of results) assert(refused + warned > 0, kind);
});
