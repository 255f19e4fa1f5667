import type { JobsOptions } from "bullmq";
import { dataProblem } from "../base/problem.ts";
import { firstFew } from "../base/quoted.ts";
import type { UnitQueue } from "./open_queue.ts";
import type { QueuedJob, QueueUnit } from "./queue_unit.ts";
import { releaseWaiting, waitingChild } from "./waiting_units.ts";

/** Jobs of one question or one transaction. */
const CHUNK = 200;
/** How often a unit that fails is tried, and the milliseconds before the second try, doubled for each after that. */
const TRIES = 3, BACKOFF = 10_000;

/** Options of {@link enqueue}. */
export interface EnqueueOptions {
  /** Whether a unit's result is there, whoever made it. */
  readonly isDone: (id: string) => Promise<boolean>;
  /** Milliseconds before a unit that has failed is tried again; 10 s when left out. */
  readonly backoff?: number;
}

/** What became of a plan. */
export interface Enqueued {
  readonly added: number;
  /** Units that the queue had already, in whatever state. */
  readonly known: number;
}

function chunks<Item>(items: readonly Item[]): Item[][] {
  return Array.from(
    { length: Math.ceil(items.length / CHUNK) },
    (_, index) => items.slice(index * CHUNK, (index + 1) * CHUNK),
  );
}

/** Those for which a question is answered with yes. */
async function select<Item>(
  items: readonly Item[],
  ask: (item: Item) => Promise<boolean>,
): Promise<Item[]> {
  const found: Item[] = [];
  for (const chunk of chunks(items)) {
    const answers = await Promise.all(chunk.map(ask));
    found.push(...chunk.filter((_, index) => answers[index]));
  }
  return found;
}

/** A unit as a job with what it waits for. */
function flowOf(unit: QueueUnit, done: ReadonlySet<string>, options: JobsOptions) {
  const data: QueuedJob = { unit };
  const children = unit.needs.filter((need) => !done.has(need)).map((need) => waitingChild(unit, need));
  return { name: unit.title, queueName: "podium", data, opts: { ...options, jobId: unit.id }, children };
}

/** Throws a data problem when a unit waits for what nobody will run. */
function checkNeeds(needs: readonly string[], reachable: ReadonlySet<string>): void {
  const missing = needs.filter((need) => !reachable.has(need));
  if (missing.length === 0) return;
  throw dataProblem(
    `Cannot enqueue: neither the plan nor the queue nor the store knows ${
      firstFew(missing)
    }, which units of the plan need`,
    "Enqueue the whole plan",
  );
}

/**
 * Puts the units of a plan into a queue. Units that it has already stay as they are, so that a plan may be enqueued again,
 * after a crash in the middle too, and plans may share units.
 *
 * @throws a data problem when a unit needs another that nobody will run
 */
export async function enqueue(
  units: readonly QueueUnit[],
  queue: UnitQueue,
  { isDone, backoff = BACKOFF }: EnqueueOptions,
): Promise<Enqueued> {
  const isKnown = async (id: string) => await queue.jobs.getJob(id) !== undefined;
  const needs = [...new Set(units.flatMap((unit) => unit.needs))];
  const done = new Set(await select(needs, isDone));
  const added = await select(units, async ({ id }) => !await isKnown(id));
  const planned = new Set(units.map(({ id }) => id));
  const elsewhere = await select(needs.filter((need) => !planned.has(need)), isKnown);
  checkNeeds(needs, new Set([...planned, ...elsewhere, ...done]));

  const options = { attempts: TRIES, backoff: { type: "exponential", delay: backoff, jitter: 0.5 } };
  for (const chunk of chunks(added)) {
    await queue.flows.addBulk(chunk.map((unit) => flowOf(unit, done, options)));
  }
  // What was done meanwhile found nobody to release; nor has an enqueueing that was killed here.
  for (const need of await select(needs, isDone)) await releaseWaiting(queue, need);
  return { added: added.length, known: units.length - added.length };
}
