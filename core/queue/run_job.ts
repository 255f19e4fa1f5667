import { type Job, UnrecoverableError, WaitingError } from "bullmq";
import { Problem } from "../base/problem.ts";
import type { UnitQueue } from "./open_queue.ts";
import type { JobProgress, QueuedJob, QueueUnit } from "./queue_unit.ts";
import { releaseWaiting } from "./waiting_units.ts";

/** Milliseconds between two reports of progress, and two looks whether the unit was cancelled. */
const LOOK = 5000;

/** Why a running unit is asked to end. */
export type StopReason = "stopped" | "cancelled" | "lost";

/** Does a unit's work, in a thread: whatever blocks this thread keeps the lock from being extended. */
export type ExecuteUnit = (
  unit: QueueUnit,
  options: {
    readonly signal: AbortSignal;
    /** Number of this attempt, from 1. */
    readonly attempt: number;
    readonly onProgress: (progress: JobProgress) => void;
  },
) => Promise<unknown>;

/** A job of the queue as BullMQ hands it out. */
export type UnitJob = Job<QueuedJob, null, string>;

/** How a job is run. */
export interface RunJobOptions {
  readonly queue: UnitQueue;
  readonly execute: ExecuteUnit;
  /** Whether a unit's result is there, whoever made it. */
  readonly isDone: (id: string) => Promise<boolean>;
  /** Ends the unit; its reason is a {@link StopReason}. */
  readonly controller: AbortController;
}

/** Reports progress and learns of a cancellation while a job runs. Returns what ends that. */
function keepInTouch(
  job: UnitJob,
  latest: () => JobProgress | null,
  { queue, controller }: RunJobOptions,
): () => void {
  let told: JobProgress | null = null;
  let busy = false;
  const look = async () => {
    const progress = latest();
    if (progress !== null && progress !== told) await job.updateProgress(told = progress);
    if ((await queue.jobs.getJob(job.id!))?.data.cancelled) controller.abort("cancelled");
  };
  const timer = setInterval(() => {
    // While the server is away, questions wait for it: one is enough.
    if (busy) return;
    busy = true;
    look().catch(() => {}).finally(() => busy = false);
  }, LOOK);
  return () => clearInterval(timer);
}

/** What BullMQ is told of a unit that did not come to its end: whether to try again, and when. */
async function failureOf(error: unknown, job: UnitJob, stop: StopReason | null): Promise<Error> {
  if (stop === "cancelled") return new UnrecoverableError("cancelled");
  if (stop !== null) {
    // A lost lock is another's: the job is left alone.
    if (stop === "stopped") await job.moveToWait(job.token);
    return new WaitingError();
  }
  if (error instanceof Problem && (error.kind === "config" || error.kind === "data")) {
    return new UnrecoverableError(
      error.next === undefined ? error.message : `${error.message}. ${error.next}`,
    );
  }
  return error instanceof Error ? error : new Error(String(error));
}

/** Runs a unit unless its result is there, and lets those begin that waited for it. Any part may be repeated by another worker. */
export async function runJob(job: UnitJob, options: RunJobOptions): Promise<null> {
  const { queue, execute, isDone, controller: { signal } } = options;
  const { unit, cancelled } = job.data;
  if (cancelled) throw new UnrecoverableError("cancelled");
  let latest: JobProgress | null = null;
  const letGo = keepInTouch(job, () => latest, options);
  try {
    if (!await isDone(unit.id)) {
      await execute(unit, {
        signal,
        attempt: job.attemptsStarted,
        onProgress: (progress) => latest = progress,
      });
    }
    await releaseWaiting(queue, unit.id);
    return null;
  } catch (error) {
    throw await failureOf(error, job, signal.aborted ? signal.reason as StopReason : null);
  } finally {
    letGo();
  }
}
