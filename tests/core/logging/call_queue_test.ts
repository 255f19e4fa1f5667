import { assert, assertEquals } from "@std/assert";
import { CallQueue, type QueueBounds } from "../../../core/logging/call_queue.ts";

const BOUNDS: QueueBounds = { calls: 3, callTime: 60_000, closeTime: 60_000 };

function queueOf(bounds: Partial<QueueBounds> = {}): { queue: CallQueue; losses: string[] } {
  const losses: string[] = [];
  return { queue: new CallQueue({ ...BOUNDS, ...bounds }, (error) => losses.push(String(error))), losses };
}

/** A call that never ends; it does not even look at its signal. */
const STUCK = () => new Promise<void>(() => {});

Deno.test("calls are made one after another, after add has returned", async () => {
  const { queue, losses } = queueOf(), order: string[] = [];
  for (const name of ["a", "b"]) {
    queue.add(async () => {
      order.push(`${name} begins`);
      await Promise.resolve();
      order.push(`${name} ends`);
    });
  }
  assertEquals(order, []);
  await queue.close();
  queue.add(() => void order.push("c"));
  await queue.close();
  assertEquals(order, ["a begins", "a ends", "b begins", "b ends", "c"]);
  assertEquals(losses, []);
});

Deno.test("a call that fails is lost, the next one is made", async () => {
  const { queue, losses } = queueOf();
  let made = 0;
  queue.add(() => {
    throw new Error("at once");
  });
  queue.add(() => Promise.reject(new Error("later")));
  queue.add(() => void made++);
  await queue.close();
  assertEquals([made, queue.lost], [1, 2]);
  assertEquals(losses, ["Error: at once", "Error: later"]);
});

Deno.test("a full queue drops calls", async () => {
  const { queue, losses } = queueOf({ closeTime: 1 });
  queue.add(STUCK);
  await Promise.resolve().then(() => {});
  for (let i = 0; i < 5; i++) queue.add(STUCK);
  assertEquals(losses, ["Error: 3 calls are waiting", "Error: 3 calls are waiting"]);
  await queue.close();
  assertEquals(queue.lost, 6);
});

Deno.test("a call has its time, then its signal is aborted", async () => {
  const { queue, losses } = queueOf({ callTime: 5 });
  let aborted = false, made = false;
  queue.add((signal) => {
    signal.addEventListener("abort", () => aborted = true);
    return STUCK();
  });
  queue.add(() => void (made = true));
  await queue.close();
  assert(aborted && made);
  assertEquals(losses, ["Error: no answer within 0.005 s"]);
});

Deno.test("the end waits a bounded time for all that is left", async () => {
  const { queue } = queueOf({ closeTime: 5 });
  for (let i = 0; i < 3; i++) queue.add(STUCK);
  await queue.close();
  assertEquals(queue.lost, 3);
});
