import * as tf from "@tensorflow/tfjs";
import type { Batch } from "../data/loader.ts";
import { interruptedProblem, Problem } from "../base/problem.ts";
import { GradientAccumulator } from "../optim/accumulator.ts";
import { clipGradients } from "../optim/clip.ts";
import { evaluateModel, type Evaluation } from "./evaluate.ts";
import { finishEpoch } from "./finish_epoch.ts";
import { batchTensors } from "./gradients.ts";
import { groupSize, learnerPass } from "./learner.ts";
import type { Outcome } from "./tally.ts";
import { mixBatch } from "./mix.ts";
import { Readings } from "./readings.ts";
import { closeRun, openRun, type Run, saveRun } from "./run.ts";
import type { TrainOptions, TrainResult } from "./types.ts";
import { WaitClock } from "./wait_clock.ts";
import { warmUpShare } from "../optim/warm_up.ts";

/** Steps between two points of the training curve. */
const CURVE_STEPS = 10;

/**
 * Trains a model: epoch after epoch over the train split, each followed by a validation, a checkpoint of the weights, a
 * line of history and a resume point. A killed run goes on where its last resume point was, at most
 * `checkpoint.every_steps` steps back, and ends with the same weights as an uninterrupted one.
 *
 * The backend must be started. Tensors it makes are disposed at the end.
 *
 * @throws Problem when labels are unknown, the loss is no number, an earlier run does not fit, or on an interrupt
 */
export async function trainModel(options: TrainOptions): Promise<TrainResult> {
  const run = await openRun(options);
  const { history, progress, folder } = run;
  try {
    const last = Math.min(options.stopAfter ?? Infinity, options.experiment.config.train.num_epochs);
    while (progress.epoch < last && !hasStalled(run)) {
      const start = performance.now();
      const waiting = await trainEpoch(run);
      const scored = await validate(run);
      await finishEpoch(run, { ...scored, waiting, seconds: (performance.now() - start) / 1000 });
    }
    if (hasStalled(run)) {
      options.experiment.output.line(
        `Stopped: no better ${run.metric.title} since epoch ${progress.best!.epoch}`,
      );
    }
    return { history, best: progress.best, checkpoints: folder.checkpoints };
  } finally {
    closeRun(run);
  }
}

/** Whether early stopping ends the run: too many epochs since the best one. */
function hasStalled({ progress, options }: Run): boolean {
  const patience = options.experiment.config.train.early_stopping;
  return patience !== null && progress.best !== null && progress.epoch > progress.best.epoch + patience;
}

/** Scores the weights, or their running mean, which is left in the model until the epoch is saved. */
async function validate(run: Run): Promise<Evaluation> {
  const { experiment: { output }, signal } = run.options;
  const { metric, tally: { classes } } = run;
  run.average?.swap();
  const scored = await evaluateModel(run, run.loaders.val, { metric, classes, output, signal });
  if (scored) return scored;
  run.average?.swap();
  return await stopForInterrupt(run);
}

/** The rest of the epoch under way; the share of its time that it waited for images. */
async function trainEpoch(run: Run): Promise<number> {
  const { loaders, progress, options } = run;
  const gradients = new GradientAccumulator();
  const readings = new Readings((outcome, step) => takeOutcome(run, outcome, step));
  const clock = new WaitClock(), start = performance.now();
  const bar = options.experiment.output.progress(`epoch ${progress.epoch}`, loaders.train.batchCount);
  try {
    for await (const batch of clock.watch(loaders.train.batches(progress.epoch, progress.batch))) {
      // Batches whose images are all broken are passed over, so a group may end before its last batch was seen.
      if (gradients.batches > 0 && groupOf(run, batch.index) !== groupOf(run, progress.batch - 1)) {
        updateParameters(run, gradients);
      }
      await learnBatch(run, batch, { gradients, readings });
      progress.batch = batch.index + 1;
      bar.update(progress.batch, run.tally.examples > 0 ? `loss ${run.tally.loss.toFixed(4)}` : "");
      if (progress.batch % groupSize(options) !== 0) continue;
      updateParameters(run, gradients);
      await saveInside(run, readings);
    }
    if (gradients.batches > 0) updateParameters(run, gradients);
    await readings.drain();
    return clock.milliseconds / (performance.now() - start);
  } finally {
    gradients.dispose();
    bar.end();
  }
}

/** The update of the epoch, from 0, that a batch takes part in. */
function groupOf(run: Run, batch: number): number {
  return Math.floor(batch / groupSize(run.options));
}

/** Forward and backward over one batch; its loss and logits are read while the next step runs. */
async function learnBatch(
  run: Run,
  batch: Batch,
  { gradients, readings }: { gradients: GradientAccumulator; readings: Readings },
): Promise<void> {
  const { config } = run.options.experiment;
  const { epoch } = run.progress;
  const mixed = mixBatch(batch, config.train, { seed: config.seed, epoch });
  const tensors = batchTensors(mixed);
  const pass = epoch * run.loaders.train.batchCount + batch.index;
  const { loss, logits, gradients: fresh } = learnerPass(run, tensors, pass);
  tf.dispose([tensors.images, tensors.labels]);
  const { steps } = run.optimizer;
  const onCurve = gradients.batches === 0 && steps % CURVE_STEPS === 0;
  gradients.add(fresh, batch.count);
  await readings.add({ loss, logits, labels: mixed.labels!, curveStep: onCurve ? steps : null });
}

/** One optimizer step with the gradients of the group. */
function updateParameters(run: Run, accumulated: GradientAccumulator): void {
  const { epoch, batch } = run.progress;
  const { clip_norm, warmup_steps } = run.options.experiment.config.train;
  const mean = accumulated.take();
  const gradients = clip_norm === null ? mean : clipGradients(mean, clip_norm);
  const scheduled = run.scheduler.learningRate({ epoch, step: groupOf(run, batch - 1) });
  run.optimizer.step(gradients, scheduled * warmUpShare(run.optimizer.steps, warmup_steps));
  run.average?.update(run.optimizer.steps);
  tf.dispose(gradients);
}

function takeOutcome(run: Run, outcome: Outcome, curveStep: number | null): void {
  const { epoch, batch } = run.progress;
  if (!Number.isFinite(outcome.loss)) {
    throw new Problem(
      "failed",
      `Cannot go on training: the loss is ${outcome.loss} in epoch ${epoch} near batch ${batch}`,
      `Lower optimizer.params.lr; what was saved is in ${run.folder.checkpoints}`,
    );
  }
  run.tally.add(outcome);
  if (curveStep !== null) run.events.add(curveStep, { "train/loss": outcome.loss });
}

/** Between two updates: saves when it is time, and ends the run when the user asked for it. */
async function saveInside(run: Run, readings: Readings): Promise<void> {
  const every = run.options.experiment.config.checkpoint.every_steps;
  const stop = run.options.signal?.aborted === true;
  const due = every > 0 && run.optimizer.steps % every === 0;
  if (!due && !stop) return;
  await readings.drain();
  if (stop) await stopForInterrupt(run);
  else await saveRun(run);
}

async function stopForInterrupt(run: Run): Promise<never> {
  await saveRun(run);
  throw interruptedProblem(run.folder.resume);
}
