/** A thread of the wasm backend: does its part of each job, then sleeps until the next. */
import { parentPort, workerData } from "node:worker_threads";
import { readJob, runJob } from "./job.ts";
import { bestBuild, instantiate } from "./module.ts";
import { COUNT, DONE, FAILED, JOB, type WorkerStart } from "./worker_start.ts";

const { control, memory, workspace, part, parts } = workerData as WorkerStart;
const module = { ...instantiate(bestBuild(), memory, workspace), share: { part, parts } };
let seen = Atomics.load(control, COUNT);
parentPort!.postMessage("ready");

while (true) {
  Atomics.wait(control, COUNT, seen);
  seen = Atomics.load(control, COUNT);
  try {
    runJob(module, readJob(control.subarray(JOB)));
  } catch {
    Atomics.add(control, FAILED, 1);
  }
  Atomics.add(control, DONE, 1);
  Atomics.notify(control, DONE);
}
