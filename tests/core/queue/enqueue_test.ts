import { assert, assertEquals, assertRejects } from "@std/assert";
import { Problem } from "../../../core/base/problem.ts";
import { enqueue } from "../../../core/queue/enqueue.ts";
import { waitingChild } from "../../../core/queue/waiting_units.ts";
import { quickUnit, remembering, testQueues, workUntil } from "./_with_queue.ts";

/** A diamond: one unit is needed by two, and one needs two. */
const DIAMOND = [
  quickUnit("a"),
  quickUnit("b", ["a"]),
  quickUnit("c", ["a"]),
  quickUnit("d", ["b", "c", "a"]),
];

testQueues("enqueue", {
  "a unit is begun after all that it needs, and a plan enqueued again changes nothing": async (given) => {
    const { queue, store } = given;
    assertEquals(await enqueue(DIAMOND, queue, store), { added: 4, known: 0 });
    assertEquals(await enqueue(DIAMOND, queue, store), { added: 0, known: 4 });
    const order: string[] = [];
    await workUntil(given, ["completed", 4], { execute: remembering(store, order) });
    assertEquals([order[0], order[3], order.length], ["a", "d", 4]);
    assertEquals(await enqueue(DIAMOND, queue, store), { added: 0, known: 4 });
    assertEquals((await queue.jobs.getJobCounts()).completed, 4);
  },

  "plans share units, whether these are done or not": async (given) => {
    const { queue, store } = given;
    await enqueue([quickUnit("a"), quickUnit("b", ["a"])], queue, store);
    await enqueue([quickUnit("a"), quickUnit("c", ["a"])], queue, store);
    await workUntil(given, ["completed", 3]);
    await enqueue([quickUnit("d", ["a", "c"])], queue, store);
    await workUntil(given, ["completed", 4]);
  },

  "units whose results the store has are not executed again": async (given) => {
    const { queue, store } = given;
    await store.accept("a");
    await enqueue(DIAMOND, queue, store);
    await workUntil(given, ["completed", 4]);
    assert(!store.counts().has("a.begun"));
  },

  "an enqueueing that was killed before its last step is made whole by another": async (given) => {
    const { queue, store } = given;
    const unit = quickUnit("b", ["a"]);
    // What enqueue has done when it ends between adding a unit and looking whether its needs were done meanwhile.
    const flow = { name: unit.title, queueName: "podium", data: { unit }, opts: { jobId: unit.id } };
    await queue.flows.add({ ...flow, children: [waitingChild(unit, "a")] });
    await store.accept("a");
    assertEquals((await queue.jobs.getJobCounts()).waiting, 0);
    await enqueue([quickUnit("a"), unit], queue, store);
    assertEquals((await queue.jobs.getJobCounts()).waiting, 2);
  },

  "a unit that needs what nobody will run is refused": async ({ queue, store }) => {
    const problem = await assertRejects(
      () => enqueue([quickUnit("b", ["a"])], queue, store),
      Problem,
      "knows a",
    );
    assertEquals(problem.exitCode, 3);
  },
});
