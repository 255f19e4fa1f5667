import { formatDuration } from "../base/duration.ts";
import { type Output, SILENT } from "../base/output.ts";
import type { JobWorker, UnitQueue } from "./open_queue.ts";
import { type ExecuteUnit, runJob, type UnitJob } from "./run_job.ts";

/** Milliseconds that a worker may be silent before its unit is given to another. */
const LOCK = 30_000;
/** A silent worker's unit is found by two looks after its lock has ended: within 45 s of its last sign of life. */
const LOOKS_PER_LOCK = 6;
/**
 * Times that a unit may lose its worker before it counts as failed. It says little about the unit, machines are taken
 * away; but one that needs more memory than there is would go round for ever.
 */
const MOST_KILLS = 20;
/** Milliseconds before the same warning is repeated. */
const QUIET = 30_000;

/** Options of {@link supervise}. */
export interface SuperviseOptions {
  readonly execute: ExecuteUnit;
  /** Whether a unit's result is there, whoever made it. */
  readonly isDone: (id: string) => Promise<boolean>;
  /** Name of this worker, for readers of the status. */
  readonly machine: string;
  /** Ends the work: the unit that runs goes back into the queue. */
  readonly signal: AbortSignal;
  readonly output?: Output;
  /** Milliseconds that a worker may be silent; 30 s when left out. */
  readonly lock?: number;
}

/** Passes on each warning once in a while. */
function rareWarnings(output: Output): (text: string) => void {
  const last = new Map<string, number>();
  return (text) => {
    const now = Date.now();
    if (now - (last.get(text) ?? -Infinity) < QUIET) return;
    last.set(text, now);
    output.warn(text);
  };
}

function reportEvents(worker: JobWorker, address: string, output: Output): void {
  const warn = rareWarnings(output);
  const seconds = (job: { processedOn?: number }) =>
    formatDuration((Date.now() - (job.processedOn ?? NaN)) / 1000);
  worker.on("active", ({ data: { unit }, attemptsStarted }) => {
    output.line(
      `${unit.title}: begun${attemptsStarted > 1 ? `, attempt ${attemptsStarted}` : ""} (${unit.id})`,
    );
  });
  worker.on("completed", (job) => output.line(`${job.data.unit.title}: done in ${seconds(job)}`));
  worker.on("failed", (job, error) => warn(`${job?.data.unit.title ?? "a unit"} failed: ${error.message}`));
  worker.on("stalled", (id) => warn(`the worker of ${id} is gone: the unit is given to another`));
  worker.on("error", (error) => warn(`${address}: ${error.message}; trying again`));
}

/** Waits for the end of a signal. */
function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/**
 * Takes units from a queue, one after the other, until the signal. A unit whose worker is gone, or was silent for too
 * long, is begun by another; which result counts is decided where results are kept. While the server of the queue is away
 * the unit that runs goes on.
 */
export async function supervise(queue: UnitQueue, options: SuperviseOptions): Promise<void> {
  const { execute, isDone, machine, signal, output = SILENT, lock = LOCK } = options;
  const running = new Map<string, AbortController>();
  const process = async (job: UnitJob) => {
    const controller = new AbortController();
    if (signal.aborted) controller.abort("stopped");
    running.set(job.id!, controller);
    try {
      return await runJob(job, { queue, execute, isDone, controller });
    } finally {
      running.delete(job.id!);
    }
  };
  const worker = queue.startWorker(process, {
    name: machine,
    lockDuration: lock,
    stalledInterval: Math.ceil(lock / LOOKS_PER_LOCK),
    maxStalledCount: MOST_KILLS,
    runRetryDelay: 1000,
    drainDelay: 5,
  });
  reportEvents(worker, queue.address, output);
  worker.on("lockRenewalFailed", (ids) => ids.forEach((id) => running.get(id)?.abort("lost")));
  await aborted(signal);
  // First, so that no other unit is taken when the one that runs goes back.
  const closed = worker.close();
  for (const controller of running.values()) controller.abort("stopped");
  await closed;
}
