import { checkWritable } from "../base/check_writable.ts";
import { withFolderLock } from "../base/folder_lock.ts";
import type { Experiment } from "../experiment/experiment.ts";
import { checkMetric } from "../experiment/check_metric.ts";
import { PAGE_FILE, PageLogger } from "../run_page/page_logger.ts";
import { RememberedWarnings } from "../run_page/remembered_warnings.ts";
import { estimateTraining, type TrainPlan } from "./estimate_training.ts";
import { trainModel } from "./train_model.ts";
import type { TrainExamples, TrainOptions, TrainResult } from "./types.ts";

/** Options of {@link train}. */
export type TrainRequest = Pick<TrainOptions, "fresh" | "signal" | "onEpoch" | "onSaved">;

/** Loads the train and val examples, prints a summary line, and starts the backend. */
export async function openTraining(experiment: Experiment): Promise<TrainExamples> {
  const { path, config, output } = experiment;
  const { name } = await experiment.layout();
  const examples = { train: await experiment.trainingExamples(), val: await experiment.examples("val") };
  output.line(
    `${path}: ${config.model.name} on ${name}, ` +
      `${examples.train.length} images to train on, ${examples.val.length} to validate on`,
  );
  await checkMetric(experiment, examples.val, { metric: await experiment.metric(), where: "train.metric" });
  await experiment.startBackend();
  return examples;
}

/**
 * Trains the model of an experiment. A finished run is not repeated; an interrupted or killed run is resumed.
 *
 * @throws Problem on config or data errors, on a non-finite loss, when aborted (kind "interrupted"), or when another
 * process is writing to `train.dir`
 */
export async function train(experiment: Experiment, request: TrainRequest = {}): Promise<TrainResult> {
  const { dir } = experiment.config.train;
  await checkWritable(dir, "train.dir");
  return await withFolderLock(dir, async () => {
    const warnings = new RememberedWarnings(experiment.output);
    const watched = await experiment.with({ output: warnings });
    const page = new PageLogger(() => warnings.last);
    return await trainModel({
      experiment: watched,
      examples: await openTraining(watched),
      loggers: [{ name: PAGE_FILE, durable: false, logger: page }],
      ...request,
    });
  });
}

/** Estimates time and memory of training an experiment by timing a few images. Writes nothing. */
export async function planTraining(experiment: Experiment): Promise<TrainPlan> {
  await checkWritable(experiment.config.train.dir, "train.dir");
  return await estimateTraining({ experiment, examples: await openTraining(experiment) });
}
