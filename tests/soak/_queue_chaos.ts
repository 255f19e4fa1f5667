import type { Random } from "../../core/base/random.ts";
import type { QueueServer } from "../_queue_server.ts";

/** What is to be disturbed, and how much. */
export interface Chaos {
  readonly server: QueueServer;
  /** Starts a worker process. */
  readonly startWorker: () => Deno.ChildProcess;
  readonly workers: number;
  /** Times that a worker is killed. The server is restarted once and killed once beside. */
  readonly kills: number;
  /** Milliseconds that pass at most between two disturbances. */
  readonly pause: number;
  readonly random: Random;
  /** Told when nothing more will happen. */
  readonly calm: () => Promise<void>;
  /** Whether all work is done. */
  readonly isFinished: () => Promise<boolean>;
}

type Disturbance = "kill a worker" | "restart the server" | "kill the server";

function sleep(milliseconds: number): Promise<void> {
  return new Promise((wake) => setTimeout(wake, milliseconds));
}

/** The disturbances in a random order, each with the time before it. */
function drawDisturbances({ kills, random, pause }: Chaos): [Disturbance, number][] {
  const all: Disturbance[] = Array(kills).fill("kill a worker");
  for (const one of ["restart the server", "kill the server"] as const) {
    all.splice(random.integer(0, all.length), 0, one);
  }
  return all.map((what) => [what, random.uniform(0, pause)]);
}

/** Throws when a worker has ended by itself: what is left would be waited for in vain. */
async function checkAlive(workers: readonly Deno.ChildProcess[]): Promise<void> {
  for (const { status } of workers) {
    const end = await Promise.race([status, null]);
    if (end !== null) throw new Error(`a worker ended with ${end.code} although nobody asked it to`);
  }
}

async function killAny(workers: Deno.ChildProcess[], { random, startWorker }: Chaos): Promise<void> {
  const index = random.integer(0, workers.length - 1);
  workers[index]!.kill("SIGKILL");
  await workers[index]!.status;
  workers[index] = startWorker();
}

/** Ends the workers as their operator would. Their exit codes. */
async function endWorkers(workers: readonly Deno.ChildProcess[]): Promise<number[]> {
  for (const worker of workers) worker.kill("SIGTERM");
  return (await Promise.all(workers.map((worker) => worker.status))).map(({ code }) => code);
}

/**
 * Lets workers work while workers and the server of their queue are killed at random moments, then in peace to the end.
 *
 * @returns the exit codes of the workers that lived to see it
 */
export async function runInChaos(chaos: Chaos): Promise<number[]> {
  const { server, startWorker, calm, isFinished } = chaos;
  const workers = Array.from({ length: chaos.workers }, startWorker);
  try {
    for (const [what, wait] of drawDisturbances(chaos)) {
      await sleep(wait);
      if (what === "kill a worker") await killAny(workers, chaos);
      else {
        await server.stop(what === "restart the server" ? "SIGTERM" : "SIGKILL");
        await server.start();
      }
    }
    await calm();
    while (!await isFinished()) {
      await checkAlive(workers);
      await sleep(100);
    }
    return await endWorkers(workers);
  } finally {
    for (const worker of workers) {
      try {
        worker.kill("SIGKILL");
      } catch { /* It has ended. */ }
    }
  }
}
