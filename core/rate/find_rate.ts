import * as tf from "@tensorflow/tfjs";
import type { Batch } from "../data/loader.ts";
import { Problem } from "../base/problem.ts";
import { clipGradients } from "../optim/clip_gradients.ts";
import { batchTensors } from "../train/backward_pass.ts";
import { disposeLearner, type Learner, learnerPass, makeLearner, updateLearner } from "../train/learner.ts";
import { closeLoaders, openLoaders } from "../train/open_loaders.ts";
import { mixBatch } from "../train/mix_batch.ts";
import type { TrainLoaders, TrainOptions } from "../train/types.ts";

/** Settings of a learning-rate range test. */
export interface RateSearch {
  /** Number of optimizer steps, each with its own rate. */
  readonly steps: number;
  /** First and last learning rate. */
  readonly from: number;
  readonly to: number;
}

/** One step of the range test. */
export interface RatePoint {
  readonly rate: number;
  readonly loss: number;
  /** Exponentially smoothed loss. */
  readonly smooth: number;
}

/** Result of a range test. */
export interface RateFound {
  readonly points: readonly RatePoint[];
  /** Rate in the middle of the longest decrease of the loss, the suggested rate. */
  readonly valley: number;
  /** Rate at the steepest decrease of the loss. */
  readonly steepest: number;
}

/** Smoothing factor of the loss, and the multiple of the lowest loss at which the test stops. */
const MEMORY = 0.9, LIMIT = 4;

/**
 * Learning-rate range test: trains with an exponentially growing learning rate until the loss explodes. The trained
 * weights are discarded; nothing is written. The backend must be started.
 *
 * Source: Smith, "Cyclical learning rates for training neural networks", 2017.
 *
 * @throws Problem when the loss is not finite within the first two steps
 */
export async function findRate(options: TrainOptions, search: RateSearch): Promise<RateFound> {
  const { config, output } = options.experiment;
  const loaders = options.loaders ?? await openLoaders(options);
  const learner = await makeLearner(options, { loaders, fresh: true });
  const bar = output.progress("rates", search.steps);
  const points: RatePoint[] = [];
  try {
    for await (const batch of endlessBatches(loaders, search.steps)) {
      const rate = search.from * (search.to / search.from) ** (points.length / (search.steps - 1));
      const loss = await tryRate(learner, mixBatch(batch, config.train, { seed: config.seed, epoch: 0 }), {
        rate,
        clipNorm: config.train.clip_norm,
      });
      if (!Number.isFinite(loss)) break;
      points.push({ rate, loss, smooth: smoothLoss(points, loss) });
      bar.update(points.length, `rate ${rate.toExponential(1)}, loss ${loss.toFixed(4)}`);
      if (hasExploded(points)) break;
    }
  } finally {
    bar.end();
    disposeLearner(learner);
    if (!options.loaders) closeLoaders(loaders);
  }
  if (points.length < 2) {
    throw new Problem(
      "failed",
      `Cannot find a rate: the loss is no number at ${search.from}`,
      "Begin with a lower --from",
    );
  }
  return { points, valley: valleyRate(points), steepest: steepestRate(points) };
}

async function* endlessBatches(loaders: TrainLoaders, steps: number): AsyncGenerator<Batch> {
  for (let epoch = 0, given = 0; given < steps; epoch++) {
    const before = given;
    for await (const batch of loaders.train.batches(epoch)) {
      if (given++ >= steps) return;
      yield batch;
    }
    if (given === before) return;
  }
}

/** One optimizer step; returns the loss before it. */
async function tryRate(
  learner: Learner,
  batch: Batch,
  { rate, clipNorm }: { rate: number; clipNorm: number | null },
): Promise<number> {
  const tensors = batchTensors(batch);
  const { loss, logits, gradients: full } = learnerPass(learner, tensors, learner.optimizer.steps);
  const gradients = clipNorm === null ? full : clipGradients(full, clipNorm);
  await updateLearner(learner, gradients, { rate });
  const [value] = await loss.data();
  tf.dispose([loss, logits, gradients, tensors.images, tensors.labels]);
  return value!;
}

/** Exponential moving average of the loss with bias correction. */
function smoothLoss(before: readonly RatePoint[], loss: number): number {
  const n = before.length;
  const last = before.at(-1);
  const sum = last ? last.smooth * (1 - MEMORY ** n) : 0;
  return (MEMORY * sum + (1 - MEMORY) * loss) / (1 - MEMORY ** (n + 1));
}

function hasExploded(points: readonly RatePoint[]): boolean {
  const lowest = Math.min(...points.map(({ smooth }) => smooth));
  return points.at(-1)!.smooth > LIMIT * lowest;
}

/**
 * The rate in the middle of the longest decreasing subsequence of the smoothed loss.
 */
export function valleyRate(points: readonly Pick<RatePoint, "rate" | "smooth">[]): number {
  const lengths = points.map(() => 1);
  const previous = points.map(() => -1);
  for (let i = 0; i < points.length; i++) {
    for (let j = 0; j < i; j++) {
      const longer = points[i]!.smooth < points[j]!.smooth && lengths[j]! + 1 > lengths[i]!;
      if (longer) [lengths[i], previous[i]] = [lengths[j]! + 1, j];
    }
  }
  const fall: number[] = [];
  for (let i = lengths.indexOf(Math.max(...lengths)); i >= 0; i = previous[i]!) fall.unshift(i);
  return points[fall[Math.floor(fall.length / 2)]!]!.rate;
}

/** The rate at which the smoothed loss decreases most from one step to the next; the first rate when it never does. */
export function steepestRate(points: readonly Pick<RatePoint, "rate" | "smooth">[]): number {
  let [best, slope] = [0, 0];
  for (let i = 1; i < points.length; i++) {
    const change = points[i]!.smooth - points[i - 1]!.smooth;
    if (change < slope) [best, slope] = [i, change];
  }
  return points[best]!.rate;
}
