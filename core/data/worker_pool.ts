import { checkFilesForWorkers } from "../base/open_files.ts";
import { Problem } from "../base/problem.ts";
import type { BrokenItem, Chunk, FromWorker, ToWorker, WorkerSetup } from "./messages.ts";

interface Job {
  readonly key: number;
  readonly chunk: Chunk;
  /** Number of workers that crashed while processing it. */
  readonly deaths: number;
  resolve(broken: BrokenItem[]): void;
  reject(error: unknown): void;
}

interface Member {
  readonly worker: Worker;
  /** Jobs sent to the worker, by key, with their timeout timers. */
  readonly jobs: Map<number, { readonly job: Job; readonly timer: ReturnType<typeof setTimeout> }>;
}

/** Jobs sent to a worker at once: one running and one queued, so that it never waits for a message. */
const JOBS_PER_WORKER = 2;
/** An image that crashed this many workers is reported as broken. */
const MAX_DEATHS = 10;

/** Options of {@link WorkerPool}. */
export interface PoolOptions {
  readonly workers: number;
  /** Timeout in milliseconds after which a worker counts as dead; two minutes when left out. */
  readonly patience?: number;
  /** Told what workers report, perhaps several times the same. */
  readonly report?: (message: string) => void;
}

/**
 * Pool of worker threads that decode and transform chunks. A worker that crashes or times out is replaced and its chunk
 * is retried image by image, so that only the image that crashes workers is reported as broken.
 */
export class WorkerPool {
  readonly #setup: WorkerSetup;
  readonly #patience: number;
  readonly #report: (message: string) => void;
  readonly #members: Member[];
  readonly #queue: Job[] = [];
  #nextKey = 0;
  #failure: unknown = null;
  #replaced = 0;

  constructor(setup: WorkerSetup, options: PoolOptions) {
    this.#setup = setup;
    this.#patience = options.patience ?? 120_000;
    this.#report = options.report ?? (() => {});
    checkFilesForWorkers(options.workers);
    this.#members = Array.from({ length: options.workers }, (_, index) => this.#start(index));
  }

  /** Number of workers replaced so far. */
  get replaced(): number {
    return this.#replaced;
  }

  /** Processes a chunk in the next free worker; resolves to its broken images. */
  run(chunk: Chunk): Promise<BrokenItem[]> {
    return this.#submit(chunk, 0);
  }

  /** Terminates a worker and starts a new one, as after a crash. */
  replace(index: number, reason = "it was ended"): void {
    const member = this.#members[index]!;
    member.worker.terminate();
    this.#replaced++;
    const jobs = [...member.jobs.values()];
    for (const { timer } of jobs) clearTimeout(timer);
    this.#members[index] = this.#start(index);
    // Jobs run in order: the first was running, the others were queued.
    for (const [place, { job }] of jobs.entries()) {
      if (place === 0) this.#redo(job, reason);
      else this.#queue.unshift(job);
    }
    this.#dispatch();
  }

  /** Terminates all workers; rejects pending chunks. */
  close(): void {
    this.#fail(new Problem("failed", "The workers that prepare images were ended"));
  }

  #submit(chunk: Chunk, deaths: number): Promise<BrokenItem[]> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    const { promise, resolve, reject } = Promise.withResolvers<BrokenItem[]>();
    this.#queue.push({ key: this.#nextKey++, chunk, deaths, resolve, reject });
    this.#dispatch();
    return promise;
  }

  #start(index: number): Member {
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    worker.onerror = (event) => {
      event.preventDefault();
      this.replace(index, event.message);
    };
    worker.onmessage = (event: MessageEvent<FromWorker>) => this.#receive(index, event.data);
    worker.postMessage({ type: "start", setup: this.#setup } satisfies ToWorker);
    return { worker, jobs: new Map() };
  }

  #receive(index: number, message: FromWorker): void {
    if (message.type === "failed") {
      return this.#fail(new Problem(message.kind, message.message, message.next));
    }
    if (message.type === "report") return this.#report(message.message);
    const { jobs } = this.#members[index]!;
    const entry = jobs.get(message.key);
    if (!entry) return;
    clearTimeout(entry.timer);
    jobs.delete(message.key);
    entry.job.resolve([...message.broken]);
    this.#dispatch();
  }

  #fail(error: Problem): void {
    this.#failure ??= error;
    const entries = this.#members.flatMap(({ jobs }) => [...jobs.values()]);
    for (const { timer } of entries) clearTimeout(timer);
    for (const { worker } of this.#members) worker.terminate();
    for (const job of [...this.#queue, ...entries.map((entry) => entry.job)]) job.reject(this.#failure);
    for (const { jobs } of this.#members) jobs.clear();
    this.#queue.length = 0;
  }

  #dispatch(): void {
    for (const [index, { worker, jobs }] of this.#members.entries()) {
      while (jobs.size < JOBS_PER_WORKER && this.#queue.length > 0) {
        const job = this.#queue.shift()!;
        const silent = () => this.replace(index, `it was silent for ${this.#patience / 1000} s`);
        const timer = setTimeout(silent, this.#patience * (jobs.size + 1));
        jobs.set(job.key, { job, timer });
        worker.postMessage({ type: "work", key: job.key, chunk: job.chunk } satisfies ToWorker);
      }
    }
  }

  #redo(job: Job, reason: string): void {
    const { chunk, deaths } = job;
    if (deaths + 1 >= MAX_DEATHS) {
      job.resolve(chunk.items.map(({ position, files }) => ({
        position,
        message:
          `Cannot prepare "${files.id}": ${MAX_DEATHS} workers died over it, the last one because ${reason}`,
        next: `Look at "${files.files[0]}"`,
      })));
      return;
    }
    const parts = chunk.items.map((item) => this.#submit({ ...chunk, items: [item] }, deaths + 1));
    Promise.all(parts).then((broken) => job.resolve(broken.flat()), job.reject);
  }
}
