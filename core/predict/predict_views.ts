import * as tf from "@tensorflow/tfjs";
import type { Batch } from "../data/loader.ts";
import { activate } from "../nn/activate.ts";
import type { Loss } from "../plugin/contracts.ts";
import type { Forward } from "./folded_forward.ts";
import { firstDecision, isDecided, type StopRule } from "./stop_rule.ts";

/** Options of {@link predictViews}. */
export interface ViewPredictor {
  readonly forward: Forward;
  readonly classes: number;
  readonly activation: Loss["activation"];
  readonly scale?: Loss["scale"];
  /** Early stopping of the views of an image; all views are predicted when left out or null. */
  readonly stop?: StopRule | null;
}

/** A range of views of some images of a batch. */
interface Part {
  readonly rows: readonly number[];
  readonly from: number;
  readonly to: number;
}

function partImages({ images, count, views, size, channels }: Batch, { rows, from, to }: Part): Float32Array {
  if (rows.length === count && to - from === views) return images;
  const length = size * size * channels, width = (to - from) * length;
  const part = new Float32Array(rows.length * width);
  for (const [place, row] of rows.entries()) {
    const start = (row * views + from) * length;
    part.set(images.subarray(start, start + width), place * width);
  }
  return part;
}

async function partLogits(forward: Forward, batch: Batch, part: Part): Promise<Float32Array> {
  const { size, channels } = batch;
  const count = part.rows.length * (part.to - part.from);
  const logits = tf.tidy(() => forward(tf.tensor4d(partImages(batch, part), [count, size, size, channels])));
  try {
    return await logits.data() as Float32Array;
  } finally {
    logits.dispose();
  }
}

/** Probabilities `[to - from, classes]` of each image of a part. */
async function predictPart(
  { forward, classes, activation, scale }: ViewPredictor,
  batch: Batch,
  part: Part,
): Promise<Float64Array[]> {
  const logits = await partLogits(forward, batch, part);
  const width = (part.to - part.from) * classes;
  return part.rows.map((_, place) =>
    activate(logits.subarray(place * width, (place + 1) * width), { activation, classes, scale })
  );
}

/**
 * Probabilities of the views of each image of a batch, `[views predicted, classes]`. With a stop rule the minimum
 * number of views that can decide an image runs at once, then one view at a time; images that are decided drop out.
 */
export async function predictViews(predictor: ViewPredictor, batch: Batch): Promise<Float64Array[]> {
  const { classes, stop = null } = predictor;
  const { count, views } = batch;
  const seen: number[] = Array(count).fill(0);
  const all = seen.map(() => new Float64Array(views * classes));
  const sums = seen.map(() => new Float64Array(classes));
  let rows = [...seen.keys()];
  for (let from = 0; from < views && rows.length > 0;) {
    const to = stop === null ? views : Math.max(from + 1, firstDecision(views, stop));
    const probabilities = await predictPart(predictor, batch, { rows, from, to });
    for (const [place, row] of rows.entries()) {
      all[row]!.set(probabilities[place]!, from * classes);
      for (const [i, value] of probabilities[place]!.entries()) sums[row]![i % classes]! += value;
      seen[row] = to;
    }
    if (stop !== null) rows = rows.filter((row) => !isDecided(sums[row]!, { ...stop, seen: to, views }));
    from = to;
  }
  return all.map((values, row) => values.subarray(0, seen[row]! * classes));
}
