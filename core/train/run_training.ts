import type { Output } from "../base/output.ts";
import { openExperiment, startBackend } from "../experiment/experiment.ts";
import type { LoadedConfig } from "../config/load.ts";
import type { Config } from "../config/schema.ts";
import type { Interrupt } from "./interrupt.ts";
import { checkWritable, planTraining, type TrainPlan } from "./plan.ts";
import { trainModel } from "./train_model.ts";
import type { TrainOptions, TrainResult } from "./types.ts";

/** How a config is trained. */
export interface TrainingRequest {
  readonly output: Output;
  readonly fresh: boolean;
  readonly interrupt?: Interrupt;
}

/** Whether a config asks for an augmentation search: its `search` section, or the dataset of upstream's search.yml. */
export function isSearch(config: Config): boolean {
  return config.search !== null || config.data.name === "SmallDataset";
}

/** Opens the data and starts the backend for a config. */
export async function openTraining(loaded: LoadedConfig, request: TrainingRequest): Promise<TrainOptions> {
  const { config, registry } = loaded;
  const { layout, dataset } = await openExperiment(config, registry);
  const examples = { train: await dataset.examples("train"), val: await dataset.examples("val") };
  request.output.line(
    `${loaded.path}: ${config.model.name} on ${layout.name}, ` +
      `${examples.train.length} images to train on, ${examples.val.length} to validate on`,
  );
  request.output.line(await startBackend(registry, config.backend, { threads: config.threads }));
  return { config, registry, layout, examples, ...request };
}

/** Opens the data, starts the backend and trains the model that a config names. */
export async function runTraining(loaded: LoadedConfig, request: TrainingRequest): Promise<TrainResult> {
  await checkWritable(loaded.config.train.dir);
  return await trainModel(await openTraining(loaded, request));
}

/** Opens the data and starts the backend, and tells what training would take. Writes nothing. */
export async function planConfig(loaded: LoadedConfig, request: TrainingRequest): Promise<TrainPlan> {
  return await planTraining(await openTraining(loaded, request));
}
