import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { checkFilesForWorkers } from "../base/open_files.ts";
import type { WasmBackend } from "./heap.ts";
import { type Job, JOB_LENGTH, jobFlops, runJob, writeJob } from "./job.ts";
import { moduleOf, WORKSPACE_BYTES } from "./module.ts";
import { COUNT, DONE, FAILED, JOB, type WorkerStart } from "./worker_start.ts";

/** Floating-point operations below which waking the other threads takes longer than the work. */
const WORTH_SHARING = 4e6;

/** Polls of the other threads' progress before this thread sleeps; together some tens of microseconds. */
const LOOKS = 5000;

/** Threads that share jobs on one heap; the calling thread does the first part. */
interface Team {
  readonly control: Int32Array;
  readonly workers: readonly Worker[];
}

const TEAMS = new WeakMap<WasmBackend, Team>();

async function startWorker(data: WorkerStart): Promise<Worker> {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { workerData: data });
  await once(worker, "message");
  // The process ends without waiting for it.
  worker.unref();
  return worker;
}

/** Starts the threads of a backend. The calling thread is one of them, so one thread needs no workers. */
export async function formTeam(backend: WasmBackend, threads: number): Promise<void> {
  const team = TEAMS.get(backend);
  if ((team?.workers.length ?? 0) + 1 === threads) return;
  TEAMS.delete(backend);
  await Promise.all(team?.workers.map((worker) => worker.terminate()) ?? []);
  if (threads === 1) return;
  checkFilesForWorkers(threads - 1);
  const { memory } = moduleOf(backend);
  const control = new Int32Array(new SharedArrayBuffer(4 * (JOB + JOB_LENGTH)));
  const starts = Array.from({ length: threads - 1 }, (_, index) => {
    const workspace = backend.wasm._malloc(WORKSPACE_BYTES) >>> 0;
    return startWorker({ control, memory, workspace, part: index + 1, parts: threads });
  });
  TEAMS.set(backend, { control, workers: await Promise.all(starts) });
}

function waitForOthers({ control, workers }: Team): void {
  for (let look = 0; Atomics.load(control, DONE) < workers.length; look++) {
    if (look > LOOKS) Atomics.wait(control, DONE, Atomics.load(control, DONE), 1);
  }
  if (Atomics.load(control, FAILED) > 0) throw new Error("A thread of the wasm backend failed");
}

/** Runs a job on a backend's heap with all its threads; the result does not depend on their number. */
export function runShared(backend: WasmBackend, job: Job): void {
  const module = moduleOf(backend), team = TEAMS.get(backend);
  if (!team || jobFlops(job) < WORTH_SHARING) return runJob(module, job);
  const { control, workers } = team;
  writeJob(job, control.subarray(JOB));
  Atomics.store(control, DONE, 0);
  Atomics.add(control, COUNT, 1);
  Atomics.notify(control, COUNT);
  try {
    runJob({ ...module, share: { part: 0, parts: workers.length + 1 } }, job);
  } finally {
    waitForOthers(team);
  }
}
