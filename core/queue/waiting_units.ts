import type { JobsOptions } from "bullmq";
import type { UnitQueue } from "./open_queue.ts";
import type { QueueUnit } from "./queue_unit.ts";

// A job of BullMQ has one parent, while a unit may be needed by several. So what a unit waits for are not the jobs of
// its needs but jobs of their own, one for each need, which nobody runs: they are removed once the need is done, and
// BullMQ moves the unit to those that may run with the last of them, in one step.

/** Such jobs that are removed with one question. */
const PAGE = 500;

/** Name of the queue of jobs that stand for the waiting of others for a unit. */
function waitingFor(need: string): string {
  return `podium-waiting-for-${need}`;
}

/** The child of a unit's job that keeps it waiting for a need. */
export function waitingChild(
  { id }: QueueUnit,
  need: string,
): { name: string; queueName: string; opts: JobsOptions } {
  return { name: "waiting", queueName: waitingFor(need), opts: { jobId: `${id}.${need}` } };
}

/** Ends the waiting for a unit that is done. Harmless when done twice, or when a process ends in the middle and another repeats it. */
export async function releaseWaiting(queue: UnitQueue, need: string): Promise<void> {
  const waiting = queue.queueNamed(waitingFor(need));
  for (;;) {
    const jobs = await waiting.getJobs(["waiting"], 0, PAGE - 1);
    if (jobs.length === 0) return;
    await Promise.all(jobs.map((job) => job.remove()));
  }
}
