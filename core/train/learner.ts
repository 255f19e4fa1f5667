import type * as tf from "@tensorflow/tfjs";
import { configProblem } from "../base/problem.ts";
import { choosePrecision } from "../experiment/choose_precision.ts";
import { namedVariables } from "../nn/named_variables.ts";
import type { Loss, Model, Optimizer, OptimizerContext, Precision, Scheduler } from "../plugin/contracts.ts";
import { applyPretrained } from "../weights/pretrained.ts";
import { splitWeightOptions } from "../weights/weight_options.ts";
import type { Experiment, NamedMetric } from "../experiment/experiment.ts";
import { layerDecayFactor } from "../optim/layer_decay.ts";
import { LossScale } from "../optim/loss_scale.ts";
import { WeightAverage } from "../optim/weight_average.ts";
import { backboneFactor, freezeModules } from "../nn/frozen_modules.ts";
import { type BackwardParts, type BackwardPass, backwardPass, type BatchTensors } from "./backward_pass.ts";
import { RecordedPass } from "./recorded_pass.ts";
import { type Forward, recomputingForward } from "./recomputing_forward.ts";
import type { TrainLoaders, TrainOptions } from "./types.ts";

/** A model with its loss, optimizer, scheduler and metric. */
export interface Learner {
  readonly model: Model;
  readonly loss: Loss;
  /** Trainable parameters by name. */
  readonly variables: ReadonlyMap<string, tf.Variable>;
  readonly optimizer: Optimizer;
  readonly scheduler: Scheduler;
  /** Training forward pass with gradient checkpointing; null for the plain forward pass. */
  readonly forward: Forward | null;
  /** Forward and backward pass replayed as one TensorFlow function; null for eager execution. */
  readonly recorded: RecordedPass | null;
  /** Dynamic loss scaling of the recorded pass; null for other precisions than float16. */
  readonly lossScale: LossScale | null;
  /** Exponential moving average of the weights; null when disabled. */
  readonly average: WeightAverage | null;
  /** Validation metric. */
  readonly metric: NamedMetric;
}

/** Number of batches accumulated per optimizer step (gradient accumulation). */
export function accumulationSteps(options: TrainOptions): number {
  return options.experiment.config.train.num_grad_acc ?? 1;
}

/** Options of {@link makeLearner}. */
export interface LearnerOptions {
  readonly loaders: TrainLoaders;
  /** Load the config's pretrained weights; false on resume, where the checkpoint's weights are loaded instead. */
  readonly fresh: boolean;
}

/** Creates the model, loss, optimizer, scheduler and metric that the config names. */
export async function makeLearner(
  options: TrainOptions,
  { loaders, fresh }: LearnerOptions,
): Promise<Learner> {
  const { experiment } = options;
  const { config } = experiment;
  const { recompute, ema, num_epochs } = config.train;
  const loss = await experiment.loss(), metric = await experiment.metric();
  const model = await experiment.model(loaders.train.size);
  const { options: weights } = splitWeightOptions(config.model.params);
  const pretrained = fresh ? await applyPretrained(model, weights) : [];
  for (const line of pretrained) experiment.output.line(line);
  freezeModules(model, weights.freeze);
  const variables = namedVariables(model);
  const optimizer = experiment.optimizer({ variables, ...rateFactor(model, config.train) });
  const scheduler = experiment.scheduler({
    learningRate: optimizer.learningRate,
    epochs: num_epochs,
    stepsPerEpoch: Math.ceil(loaders.train.batchCount / accumulationSteps(options)),
  });
  const forward = recompute > 1 ? recomputingForward(model, recompute) : null;
  const average = ema === null ? null : new WeightAverage(model, ema);
  const precision = choosePrecision(experiment, "train");
  const lossScale = precision === "float16" ? new LossScale() : null;
  const recorded = makeRecorded(experiment, { model, loss, variables, forward }, { precision, lossScale });
  return { model, variables, loss, metric, optimizer, scheduler, forward, recorded, lossScale, average };
}

/** The factors on the learning rate by parameter: `train.backbone_rate` times `train.layer_decay`; none when both are 1. */
function rateFactor(
  model: Model,
  { backbone_rate, layer_decay }: Experiment["config"]["train"],
): Pick<OptimizerContext, "rateFactor"> {
  if (backbone_rate === 1 && layer_decay === 1) return {};
  const backbone = backboneFactor(model, backbone_rate), decay = layerDecayFactor(model, layer_decay);
  return { rateFactor: (parameter) => backbone(parameter) * decay(parameter) };
}

/** Creates the recorder for `train.recorded`; null when it is off or the backend cannot record. */
function makeRecorded(
  experiment: Experiment,
  parts: BackwardParts,
  { precision, lossScale }: { readonly precision: Precision; readonly lossScale: LossScale | null },
): RecordedPass | null {
  const { config: { train }, backend, output } = experiment;
  if (!train.recorded || !backend?.recorder) {
    if (precision === "float32") return null;
    throw configProblem(
      `Cannot train with train.precision: ${precision} and train.recorded: false: only a replayed step is computed in it`,
      "Leave train.recorded out, or set train.precision to float32",
    );
  }
  const onRefusal = (reason: string) =>
    output.warn(
      "training runs operation by operation in float32, slower, because TensorFlow cannot replay a step: " +
        `${reason}. A model or loss that draws random numbers or keeps tensors of its own does this; ` +
        "train.recorded: false runs all steps so, without this warning",
    );
  return new RecordedPass(parts, backend.recorder({ precision, onRefusal }), { lossScale });
}

/** Computes loss and gradients of a batch, replaying the recorded pass if the learner has one. */
export function learnerPass(learner: Learner, batch: BatchTensors, pass: number): BackwardPass {
  return learner.recorded?.run(batch, { pass }) ?? backwardPass(learner, batch, { pass });
}

/** One optimizer step, left out where loss scaling found an overflow. The caller disposes the gradients. */
export async function updateLearner(
  { optimizer, average, lossScale }: Learner,
  gradients: Record<string, tf.Tensor>,
  { rate }: { readonly rate: number },
): Promise<void> {
  if (lossScale && !(await lossScale.update())) return;
  optimizer.step(gradients, rate);
  average?.update(optimizer.steps);
}

/** Disposes all tensors of a learner. */
export function disposeLearner({ recorded, lossScale, optimizer, average, model }: Learner): void {
  lossScale?.dispose();
  recorded?.dispose();
  optimizer.dispose();
  average?.dispose();
  model.dispose();
}
