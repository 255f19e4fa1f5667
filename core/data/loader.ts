import type { Example, Split } from "../base/example.ts";
import type { Depth } from "../base/pixels.ts";
import { dataProblem } from "../base/problem.ts";
import { Random } from "../base/random.ts";
import type { TargetKind } from "../plugin/contracts.ts";
import type { DecoderParams } from "../plugin/open_decoders.ts";
import type { BrokenItem, Chunk, ChunkItem, WorkerSetup } from "./messages.ts";
import { makePreparer } from "./prepare.ts";
import { targetRows } from "./target_rows.ts";
import { countViews, type ViewSettings } from "./views.ts";
import { WorkerPool } from "./worker_pool.ts";

/** Options of {@link createLoader}. */
export interface LoaderOptions {
  readonly examples: readonly Example[];
  /** Name and parameters of a transform plugin. */
  readonly transform: { readonly name: string; readonly params: Readonly<Record<string, unknown>> };
  /** Test-time augmentation views of each image; one view when left out. */
  readonly views?: ViewSettings;
  readonly split: Split;
  readonly channels: number;
  readonly classes: number;
  /** Kind of target that the labels are. */
  readonly target: TargetKind;
  /**
   * Images in a batch, before test-time augmentation; where the transform itself gives several views of an image, that
   * many fewer, to keep memory use constant.
   */
  readonly batchSize: number;
  /** Shuffle every epoch; otherwise order by id. */
  readonly shuffle: boolean;
  /** Custom order of an epoch, of the same length as `examples`; repeated examples get different augmentations. */
  readonly order?: (epoch: number) => readonly Example[];
  readonly seed: number;
  /** Number of worker threads; 0 loads in the main thread. Batches do not depend on it. */
  readonly workers: number;
  /** Whether to throw on a broken image or to skip it. */
  readonly onBroken: "fail" | "skip";
  /** Maximum image size, in pixels. */
  readonly maxPixels: number;
  /** Bits of a sample up to normalisation; 8 when left out. */
  readonly depth?: Depth;
  /** Parameters of decoder plugins by name; their defaults when left out. */
  readonly decoderParams?: DecoderParams;
  /** Image cache folder made by `cache_images`; images that are not cached are read from their files. */
  readonly cache?: string | null;
  /** Plugin files of the config. */
  readonly plugins?: readonly string[];
  /** Drop an incomplete last batch. */
  readonly dropLast?: boolean;
  /** Called once for each skipped image, and once for each damaged file of the image cache. */
  readonly report?: (message: string) => void;
}

/** A batch of images and labels. */
export interface Batch {
  /** Index in the epoch, from 0. */
  readonly index: number;
  readonly ids: string[];
  /** float32 of `[count * views, size, size, channels]`. */
  readonly images: Float32Array<ArrayBuffer>;
  /**
   * Targets `[count, classes]`: multi-hot labels, probabilities, or regression values. Null when those of any example
   * are unknown.
   */
  readonly labels: Uint8Array<ArrayBuffer> | Float32Array<ArrayBuffer> | null;
  readonly count: number;
  readonly views: number;
  readonly size: number;
  readonly channels: number;
}

/** Data loader. */
export interface Loader {
  /** Number of batches in an epoch, including batches that are skipped because all their images are broken. */
  readonly batchCount: number;
  readonly views: number;
  readonly size: number;
  /** The batches of an epoch from `startBatch` on. Their images and augmentations are deterministic in (seed, epoch). A
   * batch whose images are all broken is skipped. */
  batches(epoch: number, startBatch?: number): AsyncGenerator<Batch>;
  /** Stops the workers. */
  close(): void;
}

type Prepare = (chunk: Chunk) => Promise<BrokenItem[]>;

interface Parts {
  readonly options: LoaderOptions;
  readonly prepare: Prepare;
  readonly views: number;
  readonly size: number;
  readonly reported: Set<string>;
  /** Free shared buffers, for reuse. */
  readonly slots: SharedArrayBuffer[];
}

/** A batch that is being loaded. */
interface Pending {
  readonly index: number;
  readonly examples: readonly Example[];
  readonly slot: SharedArrayBuffer;
  readonly broken: Promise<BrokenItem[]>;
}

/** Images per worker message: small enough to balance the load, large enough to keep the message overhead low. */
function chunkSize({ batchSize, workers }: LoaderOptions): number {
  return Math.max(1, Math.min(8, Math.ceil(batchSize / Math.max(1, 2 * workers))));
}

/** Number of batches to prefetch: enough to keep all workers busy, bounded to limit memory. */
function depthOf(options: LoaderOptions): number {
  if (options.workers === 0) return 1;
  return 1 +
    Math.ceil(Math.max(options.batchSize, 3 * options.workers * chunkSize(options)) / options.batchSize);
}

function imageLength({ views, size, options }: Parts): number {
  return views * size * size * options.channels;
}

/** Order of the examples in an epoch: sorted by id, then shuffled by (seed, epoch). */
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

/** An example with the number of its earlier occurrences in the epoch. */
interface SampledExample {
  readonly example: Example;
  readonly repeat: number;
}

function samplesOf({ options }: Parts, epoch: number): SampledExample[] {
  const order = options.order?.(epoch) ?? epochOrder(options.examples, { ...options, epoch });
  const seen = new Map<Example, number>();
  return order.map((example) => {
    const repeat = seen.get(example) ?? 0;
    seen.set(example, repeat + 1);
    return { example, repeat };
  });
}

function begin(
  parts: Parts,
  epoch: number,
  batch: { index: number; samples: readonly SampledExample[] },
): Pending {
  const { options, prepare } = parts;
  const slot = parts.slots.pop() ?? new SharedArrayBuffer(options.batchSize * imageLength(parts) * 4);
  const step = chunkSize(options);
  const chunks: Promise<BrokenItem[]>[] = [];
  for (let start = 0; start < batch.samples.length; start += step) {
    const items: ChunkItem[] = batch.samples.slice(start, start + step).map((
      { example, repeat },
      offset,
    ) => ({
      position: start + offset,
      files: { id: example.id, source: example.source, files: example.files },
      repeat,
    }));
    chunks.push(prepare({ epoch, slot, items }));
  }
  const broken = Promise.all(chunks).then((lists) => lists.flat());
  // The consumer of the batch gets the error; this handler only prevents an unhandled rejection.
  broken.catch(() => {});
  return { index: batch.index, examples: batch.samples.map(({ example }) => example), slot, broken };
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
  const order = samplesOf(parts, epoch);
  const pending: Pending[] = [];
  const total = countBatches(options);
  let next = startBatch;
  try {
    while (next < total || pending.length > 0) {
      while (next < total && pending.length < depthOf(options)) {
        const samples = order.slice(next * options.batchSize, (next + 1) * options.batchSize);
        pending.push(begin(parts, epoch, { index: next++, samples }));
      }
      const first = pending[0]!;
      const batch = await finish(parts, first);
      pending.shift();
      parts.slots.push(first.slot);
      if (batch) yield batch;
    }
  } finally {
    // A buffer may be reused only after all workers have finished writing to it.
    await Promise.allSettled(pending.map(({ broken }) => broken));
    parts.slots.push(...pending.map(({ slot }) => slot));
  }
}

/** Reports each message once: every worker finds the same damage. */
function reportOnce({ report = () => {} }: LoaderOptions): (message: string) => void {
  const told = new Set<string>();
  return (message) => {
    if (!told.has(message)) report(message);
    told.add(message);
  };
}

/**
 * Creates a data loader: worker threads decode and transform images into shared memory and prefetch a bounded number of
 * batches. The batches of an epoch do not depend on the number of workers or on resuming.
 *
 * @throws a config problem when the transform is unknown or its parameters are invalid
 */
export async function createLoader(options: LoaderOptions): Promise<Loader> {
  const { plugins = [], cache = null, views: asked = null, workers } = options;
  const { transform, split, channels, seed, maxPixels, depth = 8, decoderParams = {} } = options;
  const shared = { plugins, transform, split, channels, seed, maxPixels, depth, decoderParams, cache };
  const setup: WorkerSetup = { ...shared, views: asked };
  const report = reportOnce(options);
  const preparer = await makePreparer(setup, report);
  const pool = workers > 0 ? new WorkerPool(setup, { workers, report }) : null;
  const prepare: Prepare = pool ? (chunk) => pool.run(chunk) : (chunk) => preparer.prepare(chunk);
  const { views, size } = preparer.transform, own = views / (asked ? countViews(asked) : 1);
  const sized = { ...options, batchSize: Math.max(1, Math.floor(options.batchSize / own)) };
  const parts: Parts = { options: sized, prepare, views, size, reported: new Set(), slots: [] };
  return {
    batchCount: countBatches(sized),
    views,
    size,
    batches: (epoch, startBatch = 0) => generate(parts, epoch, startBatch),
    close() {
      pool?.close();
      preparer.close();
    },
  };
}
