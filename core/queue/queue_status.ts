import type { UnitQueue } from "./open_queue.ts";
import type { JobProgress, QueueUnit } from "./queue_unit.ts";
import type { UnitJob } from "./run_job.ts";
import {
  countStates,
  describeNeeds,
  plainStatus,
  type UnitState,
  type UnitStatus,
  type WorkStatus,
} from "./unit_status.ts";

/** Units that are done which are told one by one, the latest first. */
const LATEST = 100;
/**
 * BullMQ's states of jobs, in the order in which a job goes through them: read so, one that goes on meanwhile is not missed.
 * It is told as the last that was read.
 */
const READ = ["waiting-children", "delayed", "waiting", "active", "failed", "completed"] as const;

type JobState = typeof READ[number];

const STATES: Readonly<Record<JobState, UnitState>> = {
  active: "runs",
  waiting: "waits",
  "waiting-children": "waits",
  delayed: "waits",
  failed: "failed",
  completed: "done",
};

function stateOf({ data: { cancelled } }: UnitJob, state: JobState): UnitState {
  return cancelled && state !== "active" && state !== "completed" ? "cancelled" : STATES[state];
}

function isoTime(milliseconds: number | undefined): string | null {
  return milliseconds === undefined ? null : new Date(milliseconds).toISOString();
}

function noteOf(job: UnitJob, state: JobState, progress: JobProgress): string | null {
  if (state === "failed") return job.failedReason;
  if (state === "delayed") return `failed, is tried again: ${job.failedReason}`;
  if (state === "active" && job.data.cancelled) return "is being cancelled";
  return state === "active" ? progress.note ?? null : null;
}

function describeJob(job: UnitJob, state: JobState): UnitStatus {
  const progress: JobProgress = typeof job.progress === "object" ? job.progress : {};
  const begun = state === "active" || state === "completed" || state === "failed";
  return {
    ...plainStatus(job.data.unit, stateOf(job, state)),
    machine: begun ? job.processedBy ?? null : null,
    since: isoTime(state === "active" ? job.processedOn : job.finishedOn),
    epoch: progress.epoch ?? null,
    loss: progress.loss ?? null,
    note: noteOf(job, state, progress),
    failures: state === "completed" ? 0 : job.attemptsMade,
    kills: job.stalledCounter,
  };
}

/** Reads where all units of a queue are. */
export async function readQueueStatus(queue: UnitQueue): Promise<WorkStatus> {
  const { completed = 0 } = await queue.jobs.getJobCounts("completed");
  const units = new Map<string, UnitStatus>();
  const needs = new Map<string, QueueUnit["needs"]>();
  for (const state of READ) {
    const jobs = await queue.jobs.getJobs([state], 0, state === "completed" ? LATEST - 1 : -1, false);
    for (const job of jobs) {
      if (!job?.id) continue;
      units.set(job.id, describeJob(job, state));
      needs.set(job.id, job.data.unit.needs);
    }
  }
  const all = [...units.values()].map((unit) => {
    return unit.state === "waits" ? { ...unit, waits_for: describeNeeds(needs.get(unit.id)!, units) } : unit;
  });
  const counts = { ...countStates(all), done: completed };
  return { source: queue.address, time: new Date().toISOString(), counts, units: all };
}
