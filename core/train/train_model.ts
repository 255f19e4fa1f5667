import * as tf from "@tensorflow/tfjs";
import type { Batch } from "../data/loader.ts";
import { interruptedProblem, Problem } from "../base/problem.ts";
import type { LoggedEnd } from "../plugin/contracts.ts";
import { withTrainPrecision } from "../experiment/choose_precision.ts";
import { GradientAccumulator } from "../optim/gradient_accumulator.ts";
import { clipGradients } from "../optim/clip_gradients.ts";
import { evaluateModel, type Evaluation } from "./evaluate.ts";
import { finishEpoch } from "./finish_epoch.ts";
import { batchTensors } from "./backward_pass.ts";
import { accumulationSteps, learnerPass, updateLearner } from "./learner.ts";
import type { Outcome } from "./tally.ts";
import { mixBatch } from "./mix_batch.ts";
import { DelayedReadback } from "./delayed_readback.ts";
import { closeRun, openRun, type Run, saveRun } from "./run.ts";
import type { TrainOptions, TrainResult } from "./types.ts";
import { WaitClock } from "./wait_clock.ts";

/** Optimizer steps between two points of the training-loss curve. */
const CURVE_STEPS = 10;

/**
 * Trains a model. Each epoch over the train split is followed by validation, a weight checkpoint, a line in
 * history.jsonl and a resume file. A killed run resumes from its last resume file, at most `checkpoint.every_steps`
 * steps back, and ends with the same weights as an uninterrupted run.
 *
 * The backend must be started. All tensors are disposed at the end.
 *
 * @throws Problem on missing labels, a non-finite loss, a resume file of an incompatible config, or when interrupted
 */
export async function trainModel(options: TrainOptions): Promise<TrainResult> {
  const run = await openRun({ ...options, experiment: await withTrainPrecision(options.experiment) });
  const { history, progress, folder } = run;
  try {
    await trainEpochs(run);
    await run.loggers.end({ status: "finished", best: progress.best });
    return { history, best: progress.best, checkpoints: folder.checkpoints };
  } catch (error) {
    await run.loggers.end(endBy(error, run));
    throw error;
  } finally {
    closeRun(run);
  }
}

/** What loggers are told of a training that did not come to its end. */
function endBy(error: unknown, { progress: { best } }: Run): LoggedEnd {
  if (error instanceof Problem && error.kind === "interrupted") return { status: "interrupted", best };
  return { status: "failed", best, reason: error instanceof Error ? error.message : String(error) };
}

async function trainEpochs(run: Run): Promise<void> {
  const { progress, options } = run;
  const last = Math.min(options.stopAfter ?? Infinity, options.experiment.config.train.num_epochs);
  while (progress.epoch < last && !shouldStopEarly(run)) {
    const start = performance.now();
    const waiting = await trainEpoch(run);
    const scored = await validate(run);
    await finishEpoch(run, { ...scored, waiting, seconds: (performance.now() - start) / 1000 });
  }
  if (shouldStopEarly(run)) {
    options.experiment.output.line(
      `Stopped: no better ${run.metric.title} since epoch ${progress.best!.epoch}`,
    );
  }
}

/** Early stopping: whether the best epoch is more than `train.early_stopping` epochs ago. */
function shouldStopEarly({ progress, options }: Run): boolean {
  const patience = options.experiment.config.train.early_stopping;
  return patience !== null && progress.best !== null && progress.epoch > progress.best.epoch + patience;
}

/** Evaluates the weights or, with EMA, the averaged weights, which stay in the model until the epoch is saved. */
async function validate(run: Run): Promise<Evaluation> {
  const { experiment: { output }, signal } = run.options;
  const { metric, tally: { classes } } = run;
  run.average?.swap();
  const scored = await evaluateModel(run, run.loaders.val, { metric, classes, output, signal });
  if (scored) return scored;
  run.average?.swap();
  return await stopForInterrupt(run);
}

/** Trains the rest of the current epoch; returns the share of its time spent waiting for data. */
async function trainEpoch(run: Run): Promise<number> {
  const { loaders, progress, options } = run;
  const gradients = new GradientAccumulator();
  const readback = new DelayedReadback((outcome, step) => recordOutcome(run, outcome, step));
  const clock = new WaitClock(), start = performance.now();
  const bar = options.experiment.output.progress(`epoch ${progress.epoch}`, loaders.train.batchCount);
  try {
    for await (const batch of clock.watch(loaders.train.batches(progress.epoch, progress.batch))) {
      // Batches with only broken images are skipped, so an accumulation group can lack its last batch.
      if (gradients.batches > 0 && updateIndex(run, batch.index) !== updateIndex(run, progress.batch - 1)) {
        await updateParameters(run, gradients);
      }
      await trainBatch(run, batch, { gradients, readback });
      progress.batch = batch.index + 1;
      bar.update(progress.batch, run.tally.examples > 0 ? `loss ${run.tally.loss.toFixed(4)}` : "");
      if (progress.batch % accumulationSteps(options) !== 0) continue;
      await updateParameters(run, gradients);
      await saveIfDue(run, readback);
    }
    if (gradients.batches > 0) await updateParameters(run, gradients);
    await readback.drain();
    return clock.milliseconds / (performance.now() - start);
  } finally {
    gradients.dispose();
    bar.end();
  }
}

/** Index of the optimizer step within the epoch, from 0, that a batch contributes to. */
function updateIndex(run: Run, batch: number): number {
  return Math.floor(batch / accumulationSteps(run.options));
}

/** Forward and backward pass over one batch; loss and logits are read back while the next step runs. */
async function trainBatch(
  run: Run,
  batch: Batch,
  { gradients, readback }: { gradients: GradientAccumulator; readback: DelayedReadback },
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
  await readback.add({ loss, logits, labels: mixed.labels!, curveStep: onCurve ? steps : null });
}

/**
 * Linear warm-up factor of the learning rate: `1 / steps` at the first update, 1 from the last warm-up update on.
 *
 * @param step optimizer steps done so far
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals([0, 1, 2, 3, 4].map((step) => warmUpFactor(step, 4)), [0.25, 0.5, 0.75, 1, 1]);
 * assertEquals(warmUpFactor(0, 0), 1);
 * ```
 */
export function warmUpFactor(step: number, steps: number): number {
  return steps === 0 ? 1 : Math.min(1, (step + 1) / steps);
}

/** One optimizer step with the accumulated gradients, left out where one of them overflowed. */
async function updateParameters(run: Run, accumulated: GradientAccumulator): Promise<void> {
  const { epoch, batch } = run.progress;
  const { clip_norm, warmup_steps } = run.options.experiment.config.train;
  const mean = accumulated.take();
  const gradients = clip_norm === null ? mean : clipGradients(mean, clip_norm);
  const scheduled = run.scheduler.learningRate({ epoch, step: updateIndex(run, batch - 1) });
  const rate = scheduled * warmUpFactor(run.optimizer.steps, warmup_steps);
  await updateLearner(run, gradients, { rate });
  tf.dispose(gradients);
  if (run.lossScale?.exhausted) {
    throw divergence(
      run,
      "the loss or a gradient overflows in float16, and the loss scale is at its floor of 1,",
    );
  }
}

/** The problem of a training that cannot go on. */
function divergence({ progress: { epoch, batch }, folder, lossScale }: Run, reason: string): Problem {
  const other = lossScale ? ", or set train.precision to float32 and start over with --fresh" : "";
  return new Problem(
    "failed",
    `Cannot go on training: ${reason} in epoch ${epoch} near batch ${batch}`,
    `Lower optimizer.params.lr${other}; what was saved is in ${folder.checkpoints}`,
  );
}

function recordOutcome(run: Run, outcome: Outcome, curveStep: number | null): void {
  if (!Number.isFinite(outcome.loss)) {
    // An activation overflowed in float16: loss scaling leaves the update out, and ends the training if that goes on.
    if (run.lossScale) return;
    throw divergence(run, `the loss is ${outcome.loss}`);
  }
  run.tally.add(outcome);
  if (curveStep !== null) run.loggers.step(curveStep, { "train/loss": outcome.loss });
}

/** Between optimizer steps: saves every `checkpoint.every_steps` steps; saves and throws when aborted. */
async function saveIfDue(run: Run, readback: DelayedReadback): Promise<void> {
  const every = run.options.experiment.config.checkpoint.every_steps;
  const stop = run.options.signal?.aborted === true;
  const due = every > 0 && run.optimizer.steps % every === 0;
  if (!due && !stop) return;
  await readback.drain();
  if (stop) await stopForInterrupt(run);
  else await saveRun(run);
}

async function stopForInterrupt(run: Run): Promise<never> {
  await saveRun(run);
  throw interruptedProblem(run.folder.resume);
}
