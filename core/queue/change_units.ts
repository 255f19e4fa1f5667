import { dataProblem, nearestName } from "../base/problem.ts";
import { quoted } from "../base/quoted.ts";
import type { UnitQueue } from "./open_queue.ts";
import type { UnitJob } from "./run_job.ts";

/** States of jobs that have not ended. */
const OPEN = ["active", "waiting", "waiting-children", "delayed"] as const;

async function jobNamed(queue: UnitQueue, id: string): Promise<UnitJob> {
  const job = await queue.jobs.getJob(id);
  if (job) return job;
  const known = (await queue.jobs.getJobs([...OPEN, "failed", "completed"])).map((one) => one.id!);
  const nearest = nearestName(id, known);
  throw dataProblem(
    `${queue.address} has no unit ${quoted(id)}${
      nearest === undefined ? "" : `; did you mean "${nearest}"?`
    }`,
    "Look with deno task status --json, which names the ids",
  );
}

/** The named jobs, or all of some states. */
async function choose(
  queue: UnitQueue,
  ids: readonly string[] | "all",
  states: readonly (typeof OPEN[number] | "failed")[],
): Promise<UnitJob[]> {
  if (ids === "all") return await queue.jobs.getJobs([...states]);
  return await Promise.all(ids.map((id) => jobNamed(queue, id)));
}

/**
 * Cancels units: those that run end within seconds, the others are not begun. Units that need them go on waiting.
 *
 * @param ids ids of units, or "all" that have not ended
 * @returns the ids of those that had not ended
 * @throws a data problem on an id that the queue does not know
 */
export async function cancelUnits(queue: UnitQueue, ids: readonly string[] | "all"): Promise<string[]> {
  const cancelled: string[] = [];
  for (const job of await choose(queue, ids, OPEN)) {
    if (await job.isCompleted() || await job.isFailed()) continue;
    await job.updateData({ ...job.data, cancelled: true });
    cancelled.push(job.id!);
  }
  return cancelled;
}

/**
 * Lets units that have failed or were cancelled be run again, with all their tries.
 *
 * @param ids ids of units, or "all" that have failed or were cancelled
 * @returns the ids of those that had
 * @throws a data problem on an id that the queue does not know
 */
export async function retryUnits(queue: UnitQueue, ids: readonly string[] | "all"): Promise<string[]> {
  const retried: string[] = [];
  for (const job of await choose(queue, ids, [...OPEN, "failed"])) {
    const failed = await job.isFailed();
    if (!failed && !job.data.cancelled) continue;
    await job.updateData({ unit: job.data.unit });
    if (failed) await job.retry("failed", { resetAttemptsMade: true });
    retried.push(job.id!);
  }
  return retried;
}
