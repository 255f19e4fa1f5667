import type { QueueUnit } from "../../../core/queue/queue_unit.ts";
import { openQueue, type UnitQueue } from "../../../core/queue/open_queue.ts";
import { supervise, type SuperviseOptions } from "../../../core/queue/supervise.ts";
import { needing } from "../../_needing.ts";
import { ENGINES, makeServer, missingServer, type QueueServer } from "../../_queue_server.ts";
import { FakeStore, type FakeUnit } from "./_fake_units.ts";

/** What a test of a queue is given. */
export interface QueueTest {
  readonly server: QueueServer;
  readonly address: string;
  readonly queue: UnitQueue;
  readonly store: FakeStore;
}

type Steps = Readonly<Record<string, (given: QueueTest) => Promise<void>>>;

async function withQueue(server: QueueServer, test: (given: QueueTest) => Promise<void>): Promise<void> {
  const address = await server.newAddress();
  const folder = await Deno.makeTempDir();
  try {
    const queue = await openQueue(address);
    await test({ address, server, queue, store: new FakeStore(folder) });
    await queue.close();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function testServer(
  engine: typeof ENGINES[number],
  steps: Steps,
  context: Deno.TestContext,
): Promise<void> {
  const server = await makeServer(engine);
  try {
    await server.start();
    for (const [name, test] of Object.entries(steps)) await context.step(name, () => withQueue(server, test));
  } finally {
    await server.remove();
  }
}

/** Tests over each kind of server, each with a queue of its own. */
export function testQueues(what: string, steps: Steps): void {
  for (const engine of ENGINES) {
    const name = `${what}, in ${engine}`;
    Deno.test({
      ...needing(name, missingServer(engine)),
      fn: (context) => testServer(engine, steps, context),
    });
  }
}

/** A unit that takes no time. */
export function quickUnit(id: string, needs: readonly string[] = []): FakeUnit {
  return { id, title: `title of ${id}`, needs, milliseconds: 0 };
}

/** A unit that does not end before the file "open" is in the store. */
export function longUnit(id: string): FakeUnit {
  return { ...quickUnit(id), until: "open" };
}

/** Waits until something is so. */
export async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!await isSo()) await new Promise((wake) => setTimeout(wake, 20));
}

/** A worker in this process, and how to stop it. */
export function startSupervisor(
  { queue, store }: Pick<QueueTest, "queue" | "store">,
  options: Partial<SuperviseOptions> = {},
): () => Promise<void> {
  const controller = new AbortController();
  const { execute, isDone } = store;
  const { signal } = controller;
  const ended = supervise(queue, { execute, isDone, machine: "here", signal, ...options });
  return async () => {
    controller.abort();
    await ended;
  };
}

/** Works until so many jobs are in a state. */
export async function workUntil(
  given: QueueTest,
  [state, count]: readonly [state: "completed" | "failed", count: number],
  options: Partial<SuperviseOptions> = {},
): Promise<void> {
  const stop = startSupervisor(given, options);
  await until(async () => (await given.queue.jobs.getJobCounts())[state] === count);
  await stop();
}

/** Units in the order in which they were begun, by an execution that remembers it. */
export function remembering(store: FakeStore, order: string[]): SuperviseOptions["execute"] {
  return async (unit: QueueUnit, options) => {
    order.push(unit.id);
    await store.execute(unit, options);
  };
}
