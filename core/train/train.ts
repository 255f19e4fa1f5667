import type { Experiment } from "../experiment/experiment.ts";
import { checkWritable } from "../run_folder/check_writable.ts";
import { estimateTraining, type TrainPlan } from "./estimate_training.ts";
import { trainModel } from "./train_model.ts";
import type { TrainExamples, TrainOptions, TrainResult } from "./types.ts";

/** How an experiment is trained. */
export type TrainRequest = Pick<TrainOptions, "fresh" | "signal" | "onEpoch">;

/** Opens the data of an experiment, tells of it, and starts the backend. */
export async function openTraining(experiment: Experiment): Promise<TrainExamples> {
  const { path, config, output } = experiment;
  const { name } = await experiment.layout();
  const examples = { train: await experiment.examples("train"), val: await experiment.examples("val") };
  output.line(
    `${path}: ${config.model.name} on ${name}, ` +
      `${examples.train.length} images to train on, ${examples.val.length} to validate on`,
  );
  await experiment.startBackend();
  return examples;
}

/**
 * Trains the network of an experiment. What an earlier run finished is not done again, and a run that was interrupted or
 * killed is taken up.
 *
 * @throws Problem when config or data do not fit, the loss is no number, or on an abort (kind "interrupted")
 */
export async function train(experiment: Experiment, request: TrainRequest = {}): Promise<TrainResult> {
  await checkWritable(experiment.config.train.dir);
  return await trainModel({ experiment, examples: await openTraining(experiment), ...request });
}

/** What training an experiment would take, measured on a few images. Writes nothing. */
export async function planTraining(experiment: Experiment): Promise<TrainPlan> {
  await checkWritable(experiment.config.train.dir);
  return await estimateTraining({ experiment, examples: await openTraining(experiment) });
}
