import {
  type BackendFactory,
  createRedisBackend,
  FlowProducer,
  type IQueueBackend,
  type JobProgress,
  type Processor,
  Queue,
  Worker,
  type WorkerOptions,
} from "bullmq";
import { type Output, SILENT } from "../base/output.ts";
import { configProblem, dataProblem } from "../base/problem.ts";
import { createPatientBackend } from "./patient_postgres.ts";
import { parseQueueAddress, type QueueAddress } from "./queue_address.ts";
import type { QueuedJob } from "./queue_unit.ts";

/** Name of the queue of units in Redis or Postgres. */
const NAME = "podium";
/** Milliseconds after which a server that does not answer is given up, and between two tries. */
const PATIENCE = 20_000, PAUSE = 500;

/** A queue of BullMQ whose engine is not known to its user. */
export type JobQueue = Queue<QueuedJob, null, string, QueuedJob, null, string, IQueueBackend, unknown>;
/** What takes jobs from it. */
export type JobWorker = Worker<QueuedJob, null, string, IQueueBackend, JobProgress, unknown>;

/** A connection to a queue of units. */
export interface UnitQueue {
  /** Its address without the password. */
  readonly address: string;
  readonly jobs: JobQueue;
  /** Adds jobs with the jobs that they wait for. */
  readonly flows: FlowProducer<IQueueBackend, unknown>;
  /** Another queue over the same connection. */
  queueNamed(name: string): JobQueue;
  /** Takes jobs, by connections of its own. */
  startWorker(
    processor: Processor<QueuedJob, null, string>,
    options: Omit<WorkerOptions<unknown>, "connection">,
  ): JobWorker;
  close(): Promise<void>;
}

/** BullMQ's way to an engine. */
type Backend = BackendFactory<IQueueBackend, unknown>;

/** How BullMQ reaches an engine. */
interface Engine {
  /** What it makes tells of a server that is away by an event, and waits for it. */
  readonly backend: Backend;
  readonly connection: unknown;
}

function redisEngine({ url, host }: QueueAddress): Engine {
  const port = Number(host.slice(host.lastIndexOf(":") + 1));
  const connection = {
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port,
    db: Number(url.pathname.slice(1)),
    ...(url.username === "" ? {} : { username: decodeURIComponent(url.username) }),
    ...(url.password === "" ? {} : { password: decodeURIComponent(url.password) }),
    ...(/^(rediss|valkeys):$/.test(url.protocol) ? { tls: {} } : {}),
    // A command waits for the server to come back, however long that takes.
    maxRetriesPerRequest: null,
    retryStrategy: (times: number) => Math.min(100 * times, 2000),
  };
  return { backend: createRedisBackend as unknown as Backend, connection };
}

function postgresEngine({ url }: QueueAddress): Engine {
  // Few connections, for a server has about a hundred by habit and a worker asks for little.
  const connection = { connectionString: url.href, migrate: true, max: 2, application_name: "podium" };
  return { backend: createPatientBackend as unknown as Backend, connection };
}

function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return reasonOf(error.errors[0]);
  return error instanceof Error ? error.message || error.name : String(error);
}

/** Throws a config problem when Deno does not let this program reach a host. */
async function checkAccess({ host, shown }: QueueAddress): Promise<void> {
  const { state } = await Deno.permissions.query({ name: "net", host });
  if (state === "granted") return;
  throw configProblem(
    `Cannot reach the queue ${shown}: this program may not use the network for that`,
    `Give it the right: deno run --allow-net=${host}`,
  );
}

/** Connects and lets go. Throws why that failed. */
async function probe({ backend, connection }: Engine): Promise<void> {
  const queue: JobQueue = new Queue(NAME, { connection }, backend);
  const { promise: failure, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error("it does not answer")), PATIENCE);
  queue.on("error", reject);
  try {
    await Promise.race([queue.waitUntilReady(), failure]);
    await queue.close();
  } catch (error) {
    // Not waited for: it ends when the server answers.
    queue.close().catch(() => {});
    throw error;
  } finally {
    clearTimeout(timer);
    failure.catch(() => {});
  }
}

/** Probes again for a while: a server may start after those that use it. */
async function waitForServer(engine: Engine, shown: string, output: Output): Promise<void> {
  const end = Date.now() + PATIENCE;
  for (let tries = 1;; tries++) {
    try {
      return await probe(engine);
    } catch (error) {
      const reason = reasonOf(error);
      if (Date.now() > end || /auth|password|denied|does not exist/i.test(reason)) {
        throw dataProblem(
          `Cannot reach the queue ${shown}: ${reason}`,
          "Check --queue and whether its server runs",
        );
      }
      if (tries === 1) output.warn(`cannot reach ${shown} yet: ${reason}; trying for ${PATIENCE / 1000} s`);
      await new Promise((wake) => setTimeout(wake, PAUSE));
    }
  }
}

/**
 * Connects to the queue of units in Redis, Valkey or Postgres. In Postgres BullMQ's tables are made where they are not
 * there yet.
 *
 * @throws a config problem on an address that is none or may not be reached, a data problem when its server cannot be reached
 */
export async function openQueue(
  address: string,
  { output = SILENT }: { readonly output?: Output } = {},
): Promise<UnitQueue> {
  const parsed = parseQueueAddress(address);
  await checkAccess(parsed);
  const engine = parsed.engine === "redis" ? redisEngine(parsed) : postgresEngine(parsed);
  await waitForServer(engine, parsed.shown, output);
  const { connection, backend } = engine;
  const jobs: JobQueue = new Queue(NAME, { connection }, backend);
  // It is told again by whoever asks the queue for something.
  jobs.on("error", () => {});
  const sameConnection = (name: string) => jobs.getBackend().forQueue(name);
  return {
    address: parsed.shown,
    jobs,
    flows: new FlowProducer({ connection }, sameConnection),
    queueNamed: (name) => new Queue(name, { connection }, sameConnection),
    startWorker: (processor, options) => new Worker(NAME, processor, { ...options, connection }, backend),
    close: () => jobs.close(),
  };
}
