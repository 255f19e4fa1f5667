import * as tf from "@tensorflow/tfjs";
import type { Batch } from "../data/loader.ts";
import { Random } from "../base/random.ts";
import { countParameters } from "../experiment/create_model.ts";
import { applyModel, batchTensors } from "./backward_pass.ts";
import { DelayedReadback } from "./delayed_readback.ts";
import { forwardPass } from "./evaluate.ts";
import {
  accumulationSteps,
  disposeLearner,
  type Learner,
  learnerPass,
  makeLearner,
  updateLearner,
} from "./learner.ts";
import { passBytes } from "./memory_estimate.ts";
import { closeLoaders, openLoaders } from "./open_loaders.ts";
import { type BatchTiming, timeBatches, type TimedLoop } from "./time_batches.ts";
import type { TrainLoaders, TrainOptions } from "./types.ts";

/** Copies of the weights in memory: weights, gradients and Adam's two moments. */
const COPIES = 4;
/** Batch size of the first look at the speed, and seconds that a measured step may take. */
const SAMPLE = 4, STEP_SECONDS = 1.5;
/** Bytes of checkpoints written per second: serialised, hashed and flushed to a solid-state disk. */
const SAVED_PER_SECOND = 3e8;
/** A training pass takes about as long as this many passes of inference. */
const PASSES = 3;

/** Estimated time and memory of a training run. */
export interface TrainPlan {
  readonly examples: { readonly train: number; readonly val: number };
  readonly parameters: number;
  readonly steps_per_epoch: number;
  /** Memory for weights, optimizer state and the activations of one batch. */
  readonly memory_bytes: number;
  /** Seconds of an epoch once training is under way, with its validation and checkpoints. */
  readonly seconds_per_epoch: number;
  /** Seconds of all epochs, and of the start. */
  readonly seconds: number;
}

/** What a training run goes through. */
export interface Work {
  readonly examples: TrainPlan["examples"];
  readonly epochs: number;
  /** Bytes written at the end of an epoch. */
  readonly savedBytes: number;
}

/** Seconds of a training run, from the measured speed of its two loops. */
export function trainingSeconds(
  timings: { readonly train: BatchTiming; readonly val: BatchTiming },
  { examples, epochs, savedBytes }: Work,
): Pick<TrainPlan, "seconds" | "seconds_per_epoch"> {
  const { train, val } = timings;
  const perEpoch = examples.train * train.perImage + examples.val * val.perImage +
    savedBytes / SAVED_PER_SECOND;
  return { seconds_per_epoch: perEpoch, seconds: train.start + val.start + epochs * perEpoch };
}

/** The largest batch size up to the config's whose training step is not much longer than `STEP_SECONDS`. */
async function measuredBatchSize(learner: Learner, batchSize: number): Promise<number> {
  const [side, , channels] = learner.model.inputs[0]!.shape.slice(1) as [number, number, number];
  const count = Math.min(SAMPLE, batchSize);
  const random = new Random(0, "timing");
  const pixels = Float32Array.from({ length: count * side * side * channels }, () => random.uniform(-1, 1));
  const images = tf.tensor4d(pixels, [count, side, side, channels]);
  const once = async () => {
    const logits = tf.tidy(() => applyModel(learner.model, images, false)[0]!);
    await logits.data();
    logits.dispose();
  };
  await once();
  const start = performance.now();
  await once();
  images.dispose();
  const perImage = PASSES * (performance.now() - start) / 1000 / count;
  return Math.min(batchSize, Math.max(SAMPLE, Math.floor(STEP_SECONDS / perImage)));
}

/** A training step as the training loop does it, without its records. */
function trainingLoop(learner: Learner, accumulated: number): TimedLoop {
  const readback = new DelayedReadback(() => {});
  let pass = 0;
  const step = async (batch: Batch) => {
    const tensors = batchTensors(batch);
    const { loss, logits, gradients } = learnerPass(learner, tensors, pass);
    tf.dispose([tensors.images, tensors.labels]);
    pass += 1;
    if (pass % accumulated === 0) {
      await updateLearner(learner, gradients, { rate: learner.optimizer.learningRate });
    }
    tf.dispose(gradients);
    await readback.add({ loss, logits, labels: batch.labels! });
  };
  return { step, settle: () => readback.drain() };
}

function validationLoop({ model, loss }: Learner): TimedLoop {
  const readback = new DelayedReadback(() => {});
  const step = async (batch: Batch) => {
    const tensors = batchTensors(batch);
    const made = forwardPass(model, loss, tensors);
    tf.dispose([tensors.images, tensors.labels]);
    await readback.add({ ...made, labels: batch.labels! });
  };
  return { step, settle: () => readback.drain() };
}

/** The given loaders, or others with smaller batches where theirs would take long. */
async function quickLoaders(
  options: TrainOptions,
  { loaders, batchSize }: { readonly loaders: TrainLoaders; readonly batchSize: number },
): Promise<TrainLoaders> {
  const { config } = options.experiment;
  if (batchSize === config.train.batch_size) return loaders;
  const train = { ...config.train, batch_size: batchSize };
  const evaluation = { batch_size: Math.min(config.eval.batch_size, PASSES * batchSize) };
  const experiment = await options.experiment.with({
    config: { ...config, train, eval: { ...config.eval, ...evaluation } },
  });
  return await openLoaders({ ...options, experiment });
}

/** Times both loops, with the learner's loaders or quicker ones. */
async function timeTraining(
  options: TrainOptions,
  { learner, loaders }: { readonly learner: Learner; readonly loaders: TrainLoaders },
): Promise<{ readonly train: BatchTiming; readonly val: BatchTiming }> {
  const batchSize = await measuredBatchSize(learner, options.experiment.config.train.batch_size);
  const quick = await quickLoaders(options, { loaders, batchSize });
  const { train, val } = quick;
  try {
    return {
      train: await timeBatches(train, trainingLoop(learner, accumulationSteps(options))),
      val: await timeBatches(val, validationLoop(learner)),
    };
  } finally {
    if (quick !== loaders) closeLoaders(quick);
  }
}

/** Bytes of an epoch's checkpoint and of the resume file, which also has the optimizer's state. */
function savedBytes({ optimizer }: Learner, parameters: number): number {
  const state = [...optimizer.state().values()].reduce((sum, { size }) => sum + size, 0);
  return 4 * (2 * parameters + state);
}

/** The plan of a learner whose loaders are open. */
async function planOf(
  options: TrainOptions,
  { learner, loaders }: { readonly learner: Learner; readonly loaders: TrainLoaders },
): Promise<TrainPlan> {
  const { experiment: { config }, examples: { train, val } } = options;
  const examples = { train: train.length, val: val.length };
  const parameters = countParameters(learner.model);
  const activations = config.train.batch_size * passBytes(learner.model, config.train.recompute);
  const timings = await timeTraining(options, { learner, loaders });
  const work = { examples, epochs: config.train.num_epochs, savedBytes: savedBytes(learner, parameters) };
  return {
    examples,
    parameters,
    steps_per_epoch: Math.ceil(loaders.train.batchCount / accumulationSteps(options)),
    memory_bytes: COPIES * 4 * parameters + activations,
    ...trainingSeconds(timings, work),
  };
}

/**
 * Estimates time and memory of a training run by training and validating for some seconds, with the config's own loaders
 * and, unless a step takes long, its batches; writes nothing. The backend must be started.
 */
export async function estimateTraining(options: TrainOptions): Promise<TrainPlan> {
  const loaders = await openLoaders(options);
  try {
    const learner = await makeLearner(options, { loaders, fresh: true });
    try {
      return await planOf(options, { learner, loaders });
    } finally {
      disposeLearner(learner);
    }
  } finally {
    closeLoaders(loaders);
  }
}
