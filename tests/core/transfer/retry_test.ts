import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { NETWORK_RETRY, PassingFailure, retrying, type RetryPolicy } from "../../../core/transfer/retry.ts";

Deno.test("work that fails in passing is tried until it succeeds, other failures end it at once", async () => {
  const policy = { patience: 1000, firstWait: 1, longestWait: 2 };
  let tries = 0;
  const work = (failures: number, error: Error) => () =>
    ++tries > failures ? Promise.resolve("done") : Promise.reject(error);
  assertEquals([await retrying(work(5, new PassingFailure("busy")), policy), tries], ["done", 6]);
  tries = 0;
  await assertRejects(() => retrying(work(5, new Error("wrong")), policy), Error, "wrong");
  assertEquals(tries, 1);
});

/** The waits, in milliseconds, of work that always fails; no time passes. */
async function waitsOf(policy: RetryPolicy): Promise<number[]> {
  const waits: number[] = [], { setTimeout } = globalThis;
  globalThis.setTimeout = ((done: () => void, wait: number) => {
    waits.push(wait);
    queueMicrotask(done);
  }) as typeof setTimeout;
  try {
    await assertRejects(() => retrying(() => Promise.reject(new PassingFailure("out")), policy));
    return waits;
  } finally {
    globalThis.setTimeout = setTimeout;
  }
}

Deno.test("the waits of a network outlast an outage of a minute and end some time", async () => {
  const waits = await waitsOf(NETWORK_RETRY);
  const total = waits.reduce((sum, wait) => sum + wait);
  assert(total > 60_000 && total <= 120_000);
  assert(waits.every((wait) => wait <= 10_000) && waits[0]! <= 200 && waits.at(-1)! >= 5000);
  assertNotEquals(waits, await waitsOf(NETWORK_RETRY));
});
