import type { Example, Split } from "../base/example.ts";
import { dataProblem } from "../base/problem.ts";
import { Random } from "../base/random.ts";
import type { TargetKind } from "../plugin/contracts.ts";
import type { BrokenItem, Chunk, ChunkItem, WorkerSetup } from "./messages.ts";
import { makePreparer } from "./prepare.ts";
import { targetRows } from "./target_rows.ts";
import type { ViewSettings } from "./views.ts";
import { WorkerPool } from "./worker_pool.ts";

/** What a loader is made from. */
export interface LoaderOptions {
  readonly examples: readonly Example[];
  /** Name and parameters of a transform plugin. */
  readonly transform: { readonly name: string; readonly params: Readonly<Record<string, unknown>> };
  /** Several views of each picture; one when left out. */
  readonly views?: ViewSettings;
  readonly split: Split;
  readonly channels: number;
  readonly classes: number;
  /** What the labels of the examples are. */
  readonly target: TargetKind;
  readonly batchSize: number;
  /** A new order every epoch; otherwise by id. */
  readonly shuffle: boolean;
  /** As many examples as there are, for an order of one's own; one that comes again is augmented anew. */
  readonly order?: (epoch: number) => readonly Example[];
  readonly seed: number;
  /** Worker threads; 0 prepares in this thread. Batches do not depend on it. */
  readonly workers: number;
  /** Whether a broken image ends the run or is left out. */
  readonly onBroken: "fail" | "skip";
  /** Largest image accepted, in pixels. */
  readonly maxPixels: number;
  /** Folder of decoded images made by `cache_images`; images that are not in it are read from their files. */
  readonly cache?: string | null;
  /** Plugin files of the config. */
  readonly plugins?: readonly string[];
  /** Leave out a last batch that is not full. */
  readonly dropLast?: boolean;
  /** Told once about each image that is left out. */
  readonly report?: (message: string) => void;
}

/** Images and labels of one step. */
export interface Batch {
  /** Its place in the epoch, from 0; a resume starts at the next one. */
  readonly index: number;
  readonly ids: string[];
  /** float32 of `[count * views, size, size, channels]`. */
  readonly images: Float32Array<ArrayBuffer>;
  /**
   * Targets `[count, classes]`: 1 for each class of an example and 0 for the others, probabilities, or values. Null when
   * those of any example are unknown.
   */
  readonly labels: Uint8Array<ArrayBuffer> | Float32Array<ArrayBuffer> | null;
  readonly count: number;
  readonly views: number;
  readonly size: number;
  readonly channels: number;
}

/** Gives the batches of an epoch. */
export interface Loader {
  /** Batches of a whole epoch, before broken images are left out. */
  readonly batchCount: number;
  readonly views: number;
  readonly size: number;
  /** The batches of an epoch from a given one on. Which images are in a batch and how they are augmented depends on
   * (seed, epoch) alone. A batch whose images are all broken is passed over. */
  batches(epoch: number, startBatch?: number): AsyncGenerator<Batch>;
  /** Ends the workers. */
  close(): void;
}

type Prepare = (chunk: Chunk) => Promise<BrokenItem[]>;

interface Parts {
  readonly options: LoaderOptions;
  readonly prepare: Prepare;
  readonly views: number;
  readonly size: number;
  readonly reported: Set<string>;
  /** Slots not in use. */
  readonly slots: SharedArrayBuffer[];
}

/** A batch under way. */
interface Pending {
  readonly index: number;
  readonly examples: readonly Example[];
  readonly slot: SharedArrayBuffer;
  readonly broken: Promise<BrokenItem[]>;
}

/** Images per message: enough messages to share the work evenly, not one for each image. */
function chunkSize({ batchSize, workers }: LoaderOptions): number {
  return Math.max(1, Math.min(8, Math.ceil(batchSize / Math.max(1, 2 * workers))));
}

/** Batches under way at once: the workers stay busy while one is used, and memory stays bounded. */
function depthOf(options: LoaderOptions): number {
  if (options.workers === 0) return 1;
  return 1 +
    Math.ceil(Math.max(options.batchSize, 3 * options.workers * chunkSize(options)) / options.batchSize);
}

function imageLength({ views, size, options }: Parts): number {
  return views * size * size * options.channels;
}

/** The examples of an epoch in order: sorted by id, then shuffled by (seed, epoch). */
export function epochOrder(
  examples: readonly Example[],
  options: { readonly shuffle: boolean; readonly seed: number; readonly epoch: number },
): Example[] {
  const sorted = [...examples].sort((
    a,
    b,
  ) => (a.id < b.id ? -1 : a.id > b.id ? 1 : a.source < b.source ? -1 : 1));
  return options.shuffle ? new Random(options.seed, options.epoch, "order").shuffle(sorted) : sorted;
}

/** An example of an epoch and how often it came before in it. */
interface Draw {
  readonly example: Example;
  readonly repeat: number;
}

function drawsOf({ options }: Parts, epoch: number): Draw[] {
  const order = options.order?.(epoch) ?? epochOrder(options.examples, { ...options, epoch });
  const seen = new Map<Example, number>();
  return order.map((example) => {
    const repeat = seen.get(example) ?? 0;
    seen.set(example, repeat + 1);
    return { example, repeat };
  });
}

function begin(parts: Parts, epoch: number, batch: { index: number; draws: readonly Draw[] }): Pending {
  const { options, prepare } = parts;
  const slot = parts.slots.pop() ?? new SharedArrayBuffer(options.batchSize * imageLength(parts) * 4);
  const step = chunkSize(options);
  const chunks: Promise<BrokenItem[]>[] = [];
  for (let start = 0; start < batch.draws.length; start += step) {
    const items: ChunkItem[] = batch.draws.slice(start, start + step).map(({ example, repeat }, offset) => ({
      position: start + offset,
      files: { id: example.id, source: example.source, files: example.files },
      repeat,
    }));
    chunks.push(prepare({ epoch, slot, items }));
  }
  const broken = Promise.all(chunks).then((lists) => lists.flat());
  // Whoever awaits the batch sees its error; until then it is no unhandled one.
  broken.catch(() => {});
  return { index: batch.index, examples: batch.draws.map(({ example }) => example), slot, broken };
}

function handleBroken(parts: Parts, pending: Pending, broken: readonly BrokenItem[]): Set<number> {
  const { options, reported } = parts;
  const ordered = [...broken].sort((a, b) => a.position - b.position);
  const first = ordered[0];
  if (first && options.onBroken === "fail") throw dataProblem(first.message, first.next);
  for (const { position, message } of ordered) {
    const id = pending.examples[position]!.id;
    if (!reported.has(id)) options.report?.(`${message}; it is left out`);
    reported.add(id);
  }
  return new Set(ordered.map(({ position }) => position));
}

async function finish(parts: Parts, pending: Pending): Promise<Batch | null> {
  const broken = handleBroken(parts, pending, await pending.broken);
  const kept = [...pending.examples.keys()].filter((position) => !broken.has(position));
  if (kept.length === 0) return null;
  const { options, views, size } = parts;
  const length = imageLength(parts);
  const images = new Float32Array(kept.length * length);
  const slot = new Float32Array(pending.slot);
  for (const [row, position] of kept.entries()) {
    images.set(slot.subarray(position * length, (position + 1) * length), row * length);
  }
  const examples = kept.map((position) => pending.examples[position]!);
  return {
    index: pending.index,
    ids: examples.map(({ id }) => id),
    images,
    labels: targetRows(examples, options),
    count: kept.length,
    views,
    size,
    channels: options.channels,
  };
}

function countBatches({ examples, batchSize, dropLast }: LoaderOptions): number {
  return dropLast ? Math.floor(examples.length / batchSize) : Math.ceil(examples.length / batchSize);
}

async function* generate(parts: Parts, epoch: number, startBatch: number): AsyncGenerator<Batch> {
  const { options } = parts;
  const order = drawsOf(parts, epoch);
  const pending: Pending[] = [];
  const total = countBatches(options);
  let next = startBatch;
  try {
    while (next < total || pending.length > 0) {
      while (next < total && pending.length < depthOf(options)) {
        const draws = order.slice(next * options.batchSize, (next + 1) * options.batchSize);
        pending.push(begin(parts, epoch, { index: next++, draws }));
      }
      const first = pending[0]!;
      const batch = await finish(parts, first);
      pending.shift();
      parts.slots.push(first.slot);
      if (batch) yield batch;
    }
  } finally {
    // A slot is free again only when no worker writes into it.
    await Promise.allSettled(pending.map(({ broken }) => broken));
    parts.slots.push(...pending.map(({ slot }) => slot));
  }
}

/**
 * Makes a loader: files are decoded and transformed by worker threads into shared memory, a bounded number of batches
 * ahead. The batches of an epoch are the same for any number of workers and after any resume.
 *
 * @throws a config problem when the transform is unknown or its parameters are wrong
 */
export async function createLoader(options: LoaderOptions): Promise<Loader> {
  const { plugins = [], cache = null, views: asked = null, workers } = options;
  const { transform, split, channels, seed, maxPixels } = options;
  const setup: WorkerSetup = { plugins, transform, views: asked, split, channels, seed, maxPixels, cache };
  const preparer = await makePreparer(setup);
  const pool = workers > 0 ? new WorkerPool(setup, { workers }) : null;
  const prepare: Prepare = pool ? (chunk) => pool.run(chunk) : (chunk) => preparer.prepare(chunk);
  const { views, size } = preparer.transform;
  const parts: Parts = { options, prepare, views, size, reported: new Set(), slots: [] };
  return {
    batchCount: countBatches(options),
    views,
    size,
    batches: (epoch, startBatch = 0) => generate(parts, epoch, startBatch),
    close() {
      pool?.close();
      preparer.close();
    },
  };
}
