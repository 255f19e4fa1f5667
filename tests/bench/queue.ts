/**
 * What a queue costs: `deno run --allow-read --allow-write --allow-env --allow-run --allow-sys --allow-net=127.0.0.1 tests/bench/queue.ts`.
 * Milliseconds a unit for one worker whose units do nothing, with the processor time of this process; then how long a
 * unit waits whose worker is killed, at the default settings, over some kills at random moments of the lock.
 */
import process from "node:process";
import { Random } from "../../core/base/random.ts";
import { TerminalOutput } from "../../core/cli/output.ts";
import { enqueue } from "../../core/queue/enqueue.ts";
import { openQueue } from "../../core/queue/open_queue.ts";
import { supervise } from "../../core/queue/supervise.ts";
import { ENGINES, makeServer, missingServer, type QueueServer } from "../_queue_server.ts";
import { fakeWorker } from "../core/queue/_start_fake_worker.ts";
import { FakeStore, type FakeUnit } from "../core/queue/_fake_units.ts";

const UNITS = 500, KILLS = 4;
/** A unit of ten seconds may cost a hundredth of that. */
const UNIT_SECONDS = 10;

const output = new TerminalOutput({ json: false, quiet: false });

function sleep(milliseconds: number): Promise<void> {
  return new Promise((wake) => setTimeout(wake, milliseconds));
}

/** Half of the units need the one before, as folds and what follows them do. */
async function costOfUnits({ address }: QueueServer): Promise<string> {
  const queue = await openQueue(address);
  const plan = Array.from({ length: UNITS }, (_, index) => {
    return { id: `unit-${index}`, title: "nothing", needs: index % 2 === 1 ? [`unit-${index - 1}`] : [] };
  });
  const isDone = () => Promise.resolve(false);
  const start = performance.now();
  await enqueue(plan, queue, { isDone });
  const enqueued = performance.now(), processor = process.cpuUsage();
  const controller = new AbortController();
  const { signal } = controller;
  const ended = supervise(queue, { execute: () => Promise.resolve(), isDone, machine: "bench", signal });
  while ((await queue.jobs.getJobCounts()).completed! < UNITS) await sleep(100);
  const done = performance.now(), used = process.cpuUsage();
  controller.abort();
  await ended;
  await queue.close();
  const busy = (used.user + used.system - processor.user - processor.system) / 1000 / UNITS;
  const each = (done - enqueued) / UNITS;
  return `${((enqueued - start) / UNITS).toFixed(1)} ms to enqueue, ${each.toFixed(1)} ms to run, ` +
    `${busy.toFixed(1)} ms of processor time: ${
      (each / UNIT_SECONDS / 10).toFixed(2)
    } % of ${UNIT_SECONDS} s`;
}

/** Seconds from the kill of a worker to its unit's next beginning. */
async function secondsToRestart(server: QueueServer, random: Random): Promise<number> {
  const folder = await Deno.makeTempDir(), store = new FakeStore(folder);
  const address = await server.newAddress();
  const queue = await openQueue(address);
  const unit: FakeUnit = { id: "unit", title: "unit", needs: [], milliseconds: 3_600_000 };
  await enqueue([unit], queue, store);
  const begun = () => store.counts().get("unit.begun") ?? 0;
  const start = () => fakeWorker({ address, host: server.host }, folder, {});
  const victim = start();
  while (begun() < 1) await sleep(50);
  const other = start();
  await sleep(random.uniform(1000, 40_000));
  victim.kill("SIGKILL");
  const killed = performance.now();
  while (begun() < 2) await sleep(50);
  const seconds = (performance.now() - killed) / 1000;
  other.kill("SIGKILL");
  await Promise.all([victim.status, other.status]);
  await queue.close();
  await Deno.remove(folder, { recursive: true });
  return seconds;
}

for (const engine of ENGINES) {
  const missing = missingServer(engine);
  if (missing !== null) {
    output.line(`${engine}: skipped, ${missing}`);
    continue;
  }
  const server = await makeServer(engine);
  await server.start();
  output.line(`${engine}: ${await costOfUnits({ ...server, address: await server.newAddress() })}`);
  const random = new Random(1, engine);
  const seconds = await Promise.all(Array.from({ length: KILLS }, () => secondsToRestart(server, random)));
  output.line(`${engine}: ${seconds.map((one) => one.toFixed(0)).join(", ")} s from kill to restart`);
  await server.remove();
}
