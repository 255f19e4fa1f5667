import type * as tf from "@tensorflow/tfjs";
import { namedVariables } from "../nn/named_variables.ts";
import type { Loss, Model, Optimizer, Scheduler } from "../plugin/contracts.ts";
import { applyPretrained } from "../weights/pretrained.ts";
import { splitWeightOptions } from "../weights/weight_options.ts";
import type { Experiment, NamedMetric } from "../experiment/experiment.ts";
import { WeightAverage } from "../optim/weight_average.ts";
import { backboneFactor, freezeModules } from "../nn/frozen_modules.ts";
import { type BackwardParts, type BackwardPass, backwardPass, type BatchTensors } from "./gradients.ts";
import { RecordedPass } from "./recorded_pass.ts";
import { type Forward, recomputingForward } from "./recompute.ts";
import type { TrainLoaders, TrainOptions } from "./types.ts";

/** A model and all that changes it. */
export interface Learner {
  readonly model: Model;
  readonly loss: Loss;
  /** Trained parameters by name. */
  readonly variables: ReadonlyMap<string, tf.Variable>;
  readonly optimizer: Optimizer;
  readonly scheduler: Scheduler;
  /** How the model is run in training; null runs it as it is. */
  readonly forward: Forward | null;
  /** Replays the pass over a batch on TensorFlow; null computes it operation by operation. */
  readonly recorded: RecordedPass | null;
  /** The running mean of the weights, null when it is off. */
  readonly average: WeightAverage | null;
  /** What the network is scored by. */
  readonly metric: NamedMetric;
}

/** Batches whose gradients make one update. */
export function groupSize(options: TrainOptions): number {
  return options.experiment.config.train.num_grad_acc ?? 1;
}

/** What a learner is made for. */
export interface LearnerUse {
  readonly loaders: TrainLoaders;
  /** Start from the pretrained weights of the config; a resumed run has weights of its own. */
  readonly fresh: boolean;
}

/** The model and all that changes it, as the config says. */
export async function makeLearner(options: TrainOptions, { loaders, fresh }: LearnerUse): Promise<Learner> {
  const { experiment } = options;
  const { config } = experiment;
  const { recompute, ema, backbone_rate, num_epochs } = config.train;
  const loss = await experiment.loss(), metric = await experiment.metric();
  const model = await experiment.model(loaders.train.size);
  const { options: weights } = splitWeightOptions(config.model.params);
  const pretrained = fresh ? await applyPretrained(model, weights) : [];
  for (const line of pretrained) experiment.output.line(line);
  freezeModules(model, weights.freeze);
  const variables = namedVariables(model);
  const optimizer = experiment.optimizer({
    variables,
    ...(backbone_rate !== 1 && { rateFactor: backboneFactor(model, backbone_rate) }),
  });
  const scheduler = experiment.scheduler({
    learningRate: optimizer.learningRate,
    epochs: num_epochs,
    stepsPerEpoch: Math.ceil(loaders.train.batchCount / groupSize(options)),
  });
  const forward = recompute > 1 ? recomputingForward(model, recompute) : null;
  const average = ema === null ? null : new WeightAverage(model, ema);
  const recorded = makeRecorded(experiment, { model, loss, variables, forward });
  return { model, variables, loss, metric, optimizer, scheduler, forward, recorded, average };
}

/** What `train.recorded` asks for, where the backend can record. */
function makeRecorded({ config, backend, output }: Experiment, parts: BackwardParts): RecordedPass | null {
  if (!config.train.recorded || !backend?.recorder) return null;
  const onRefusal = (reason: string) =>
    output.warn(
      `training runs operation by operation, a little slower, because TensorFlow cannot replay a step: ${reason}. ` +
        "A model or loss that draws random numbers or keeps tensors of its own does this; " +
        "train.recorded: false runs all steps so, without this warning",
    );
  return new RecordedPass(parts, backend.recorder({ onRefusal }));
}

/** Loss of a batch and its gradient, recorded where the learner says so. */
export function learnerPass(learner: Learner, batch: BatchTensors, pass: number): BackwardPass {
  return learner.recorded?.run(batch, { pass }) ?? backwardPass(learner, batch, { pass });
}

/** Lets go of the tensors of a learner. */
export function disposeLearner({ recorded, optimizer, average, model }: Learner): void {
  recorded?.dispose();
  optimizer.dispose();
  average?.dispose();
  model.dispose();
}
