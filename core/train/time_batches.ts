import type { Batch, Loader } from "../data/loader.ts";

/** How long a phase of the measurement lasts. */
interface Span {
  /** Fewest batches. */
  readonly batches: number;
  /** Seconds from which on it ends with an epoch. */
  readonly least: number;
  /** Seconds from which on it ends within an epoch. */
  readonly most: number;
}

/** Compilation, the start of workers, and the batches that were prepared meanwhile. */
const WARM_UP: Span = { batches: 6, least: 0.5, most: 4 };
const MEASURED: Span = { batches: 3, least: 2, most: 6 };
/** Seconds from which on a phase of one batch is enough. */
const LIMIT = 20;

/** Speed of a loop over batches. */
export interface BatchTiming {
  /** Seconds per image once the loop is under way, with the wait at the start of each epoch where epochs are short. */
  readonly perImage: number;
  /** Seconds that the start took beyond that. */
  readonly start: number;
}

/** What is timed. */
export interface TimedLoop {
  /** Handles one batch; may leave work to the next call. */
  step(batch: Batch): Promise<void>;
  /** Waits for the work that is left. */
  settle(): Promise<void>;
  /** Current time in milliseconds, from any origin. */
  readonly now?: () => number;
}

interface Phase {
  readonly images: number;
  readonly seconds: number;
}

/** The batches of one epoch after the other, as training asks for them, and whether each is the last of its epoch. */
async function* endlessBatches(loader: Loader): AsyncGenerator<{ batch: Batch; last: boolean }> {
  for (let epoch = 0, found = true; found; epoch++) {
    found = false;
    for await (const batch of loader.batches(epoch)) {
      found = true;
      yield { batch, last: batch.index === loader.batchCount - 1 };
    }
  }
}

function isOver(
  { batches, seconds, last }: { batches: number; seconds: number; last: boolean },
  span: Span,
): boolean {
  if (seconds >= LIMIT) return true;
  return batches >= span.batches && seconds >= (last ? span.least : span.most);
}

/**
 * Measures the speed of a loop over a loader's batches: first until it is under way, then for some seconds, whole epochs
 * where these are short.
 */
export async function timeBatches(
  loader: Loader,
  { step, settle, now = () => performance.now() }: TimedLoop,
): Promise<BatchTiming> {
  const phases: Phase[] = [];
  let start = now(), batches = 0, images = 0;
  for await (const { batch, last } of endlessBatches(loader)) {
    await step(batch);
    batches += 1;
    images += batch.count;
    const span = phases.length === 0 ? WARM_UP : MEASURED;
    if (!isOver({ batches, seconds: (now() - start) / 1000, last }, span)) continue;
    await settle();
    phases.push({ images, seconds: (now() - start) / 1000 });
    if (phases.length === 2) break;
    [start, batches, images] = [now(), 0, 0];
  }
  const [first, measured] = phases;
  if (!first || !measured) return { perImage: 0, start: 0 };
  const perImage = measured.seconds / measured.images;
  return { perImage, start: Math.max(0, first.seconds - first.images * perImage) };
}
