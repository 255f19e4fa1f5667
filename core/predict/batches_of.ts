import type { Batch, Loader } from "../data/loader.ts";

/** Part `index` of `count`, counted from 1. */
export interface Part {
  readonly index: number;
  readonly count: number;
}

async function* firstOf(batches: AsyncIterable<Batch>, end: number): AsyncGenerator<Batch> {
  for await (const batch of batches) {
    // Batches of broken images alone are left out, so that the last may be missing.
    if (batch.index >= end) return;
    yield batch;
    if (batch.index + 1 === end) return;
  }
}

/**
 * A loader of a part of another's batches. They are cut as in the whole: what a network makes of an image may depend, in
 * its last bits, on how many images it is given at once.
 */
export function batchesOf(loader: Loader, { index, count }: Part): Loader {
  const start = Math.floor(loader.batchCount * (index - 1) / count);
  const end = Math.floor(loader.batchCount * index / count);
  return {
    ...loader,
    batchCount: end - start,
    batches: (epoch, startBatch = 0) => firstOf(loader.batches(epoch, start + startBatch), end),
  };
}
