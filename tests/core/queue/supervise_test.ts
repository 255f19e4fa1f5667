import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { configProblem, interruptedProblem } from "../../../core/base/problem.ts";
import { cancelUnits, retryUnits } from "../../../core/queue/change_units.ts";
import { enqueue } from "../../../core/queue/enqueue.ts";
import { readQueueStatus } from "../../../core/queue/queue_status.ts";
import type { ExecuteUnit } from "../../../core/queue/run_job.ts";
import { fakeWorker } from "./_start_fake_worker.ts";
import { longUnit, quickUnit, startSupervisor, testQueues, until, workUntil } from "./_with_queue.ts";

/** Fails so often, then succeeds. */
function failing(times: number, error: Error): { execute: ExecuteUnit; attempts: number[] } {
  const attempts: number[] = [];
  const execute: ExecuteUnit = (_unit, { attempt }) => {
    attempts.push(attempt);
    return attempts.length <= times ? Promise.reject(error) : Promise.resolve();
  };
  return { execute, attempts };
}

/** Ends by the signal alone, as a training does once its resume point is saved. */
const untilStopped: ExecuteUnit = (_unit, { signal }) =>
  new Promise((_, reject) => {
    const stop = () => reject(interruptedProblem("resume"));
    // It may have been stopped before it was begun.
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop);
  });

testQueues("supervise", {
  "a unit that crashes is tried again, with a limit": async (given) => {
    const { queue, store } = given;
    await enqueue([quickUnit("a")], queue, { ...store, backoff: 10 });
    const once = failing(1, new Error("out of memory"));
    await workUntil(given, ["completed", 1], { execute: once.execute });
    assertEquals(once.attempts, [1, 2]);

    await enqueue([quickUnit("b")], queue, { ...store, backoff: 10 });
    const always = failing(Infinity, new Error("out of memory"));
    await workUntil(given, ["failed", 1], { execute: always.execute });
    assertEquals(always.attempts, [1, 2, 3]);
    const [failed] = (await readQueueStatus(queue)).units;
    assertEquals([failed!.state, failed!.note, failed!.failures], ["failed", "out of memory", 3]);
  },

  "a wrong config fails at once, and again after retry with all its tries": async (given) => {
    const { queue, store } = given;
    await enqueue([quickUnit("a"), quickUnit("b", ["a"])], queue, store);
    const wrong = failing(1, configProblem("no such loss", "Name another"));
    await workUntil(given, ["failed", 1], { execute: wrong.execute });
    const status = await readQueueStatus(queue);
    assertEquals(status.counts, { runs: 0, failed: 1, waits: 1, cancelled: 0, done: 0 });
    const notes = status.units.map(({ id, note, waits_for }) => [id, note, ...waits_for]).sort();
    assertEquals(notes, [["a", "no such loss. Name another"], ["b", null, "title of a (failed)"]]);

    assertEquals(await retryUnits(queue, "all"), ["a"]);
    await workUntil(given, ["completed", 2], { execute: wrong.execute });
    assertEquals(wrong.attempts.length, 3);
  },

  "a unit that is stopped goes back into the queue and is not counted": async (given) => {
    const { queue, store } = given;
    await enqueue([quickUnit("a")], queue, store);
    const stop = startSupervisor(given, { execute: untilStopped });
    await until(async () => (await queue.jobs.getJobCounts()).active === 1);
    await stop();
    const [back] = (await readQueueStatus(queue)).units;
    assertEquals([back!.state, back!.failures, back!.kills], ["waits", 0, 0]);
    await workUntil(given, ["completed", 1]);
  },

  "units are cancelled where they wait and where they run, and come back by retry": async (given) => {
    const { queue, store } = given;
    await enqueue([quickUnit("a"), quickUnit("b", ["a"])], queue, store);
    assertEquals(await cancelUnits(queue, ["b"]), ["b"]);
    const stop = startSupervisor(given, { execute: untilStopped });
    await until(async () => (await queue.jobs.getJobCounts()).active === 1);
    assertEquals((await cancelUnits(queue, "all")).sort(), ["a", "b"]);
    await until(async () => (await queue.jobs.getJobCounts()).failed === 1);
    await stop();
    assertEquals((await readQueueStatus(queue)).counts, {
      runs: 0,
      failed: 0,
      waits: 0,
      cancelled: 2,
      done: 0,
    });
    assertEquals((await retryUnits(queue, "all")).sort(), ["a", "b"]);
    await workUntil(given, ["completed", 2]);
  },

  "a running unit tells where it is, since when, and how far": async (given) => {
    const { queue, store } = given;
    await enqueue([longUnit("a")], queue, store);
    const stop = startSupervisor(given);
    await until(async () => (await readQueueStatus(queue)).units[0]!.epoch !== null);
    const [unit] = (await readQueueStatus(queue)).units;
    assertEquals([unit!.state, unit!.machine, unit!.epoch, unit!.loss], ["runs", "here", 1, 0.5]);
    assert(Date.parse(unit!.since!) <= Date.now());
    await Deno.writeTextFile(join(store.folder, "open"), "");
    await until(async () => (await queue.jobs.getJobCounts()).completed === 1);
    await stop();
  },
  "a worker that was frozen past its lock leaves the unit to another, and one result is accepted": async (
    given,
  ) => {
    const { queue, store, address, server } = given;
    await enqueue([longUnit("a"), quickUnit("b", ["a"])], queue, store);
    const frozen = fakeWorker({ address, host: server.host }, store.folder, { lock: 1000 });
    const begun = (times: number) => until(() => Promise.resolve(store.counts().get("a.begun") === times));
    await begun(1);
    frozen.kill("SIGSTOP");
    const stop = startSupervisor(given, { lock: 1000 });
    await begun(2);
    frozen.kill("SIGCONT");
    await Deno.writeTextFile(join(store.folder, "open"), "");
    await until(async () => (await queue.jobs.getJobCounts()).completed === 2);
    frozen.kill("SIGTERM");
    assertEquals((await frozen.status).code, 0);
    await stop();
    assertEquals(store.counts().get("a.accepted"), 1);
    const { failed, active } = await queue.jobs.getJobCounts();
    assertEquals([failed, active], [0, 0]);
  },
});
