import { basename, join } from "@std/path";
import { checkWritable } from "../base/check_writable.ts";
import { dataProblem } from "../base/problem.ts";
import type { Loader } from "../data/loader.ts";
import type { Experiment } from "../experiment/experiment.ts";
import {
  checkpointSplit,
  checkpointTeachers,
  readCheckpointFile,
  saveWeights,
} from "../run_folder/checkpoint.ts";
import { decisiveConfig } from "../run_folder/config_changes.ts";
import { epochCheckpoints, type RunFolder, runFolder } from "../run_folder/run_folder.ts";
import { averageCheckpoints, estimateStatistics } from "./average_checkpoints.ts";

/** Options of {@link averageWeights}. */
export interface AveragingRequest {
  /** Number of checkpoints, counted from the last; 10 when left out. */
  readonly count?: number;
  /** Last epoch to include; the newest checkpoint's when null or left out. */
  readonly epochEnd?: number | null;
  /** File name prefix; `swa` when left out. */
  readonly name?: string;
}

/** The averaged checkpoint and its sources. */
export interface Averaged {
  readonly path: string;
  readonly checkpoints: readonly string[];
}

/** The checkpoints to average, oldest first. Throws a data problem that lists the existing epochs when none match. */
export async function chooseCheckpoints(
  folder: RunFolder,
  { count, epochEnd }: { readonly count: number; readonly epochEnd: number | null },
): Promise<readonly { readonly epoch: number; readonly path: string }[]> {
  const found = await epochCheckpoints(folder);
  const chosen = found.filter(({ epoch }) =>
    epochEnd === null || (epoch <= epochEnd && epoch > epochEnd - count)
  );
  if (chosen.length > 0) return chosen.slice(-count);
  const range = found.length === 0 ? "none" : `epochs ${found[0]!.epoch} to ${found.at(-1)!.epoch}`;
  const wanted = epochEnd === null
    ? "any epoch"
    : `epochs ${Math.max(0, epochEnd - count + 1)} to ${epochEnd}`;
  throw dataProblem(
    `Cannot average: "${folder.checkpoints}" has no checkpoint of ${wanted}; there are: ${range}`,
    found.length === 0 ? "Run the train task with this config first" : "Name an --epoch_end in that range",
  );
}

/**
 * Averages a run's last checkpoints, re-estimates the batch-norm statistics, and writes
 * `<name>.<count>.<last epoch>.safetensors` to the checkpoint folder.
 *
 * @param loader the train split with the validation transform
 */
export async function averageRun(
  experiment: Experiment,
  loader: Loader,
  { count = 10, epochEnd = null, name = "swa" }: AveragingRequest = {},
): Promise<Averaged> {
  const { config, output } = experiment;
  const folder = runFolder(config.train.dir);
  const chosen = await chooseCheckpoints(folder, { count, epochEnd });
  if (chosen.length < count) {
    output.warn(`only ${chosen.length} of ${count} checkpoints are there; averaging those`);
  }
  const last = chosen.at(-1)!;
  const path = join(
    folder.checkpoints,
    `${name}.${count}.${String(last.epoch).padStart(3, "0")}.safetensors`,
  );
  const model = await experiment.model(loader.size);
  try {
    await averageCheckpoints(model, chosen.map((checkpoint) => checkpoint.path));
    await estimateStatistics(model, loader, output);
    const newest = await readCheckpointFile(last.path, "Train again");
    const names = chosen.map((checkpoint) => basename(checkpoint.path));
    await saveWeights(model, [path], {
      epoch: last.epoch,
      step: Number(newest.metadata.get("step") ?? 0),
      config: decisiveConfig(config),
      metrics: { averaged: names },
      trainedSplit: checkpointSplit(newest),
      teachers: checkpointTeachers(newest),
    });
    return { path, checkpoints: names };
  } finally {
    model.dispose();
  }
}

/** Loader for estimating batch-norm statistics: shuffled, full batches only, as in upstream. */
async function statisticsLoader(experiment: Experiment): Promise<Loader> {
  const examples = await experiment.trainingExamples();
  const { batch_size: batchSize } = experiment.config.train;
  const dropLast = examples.length >= batchSize;
  return await experiment.loader({ examples, split: "val", batchSize, shuffle: true, dropLast });
}

/**
 * Averages the weights of a run's last checkpoints (stochastic weight averaging).
 *
 * @throws a data problem when no checkpoint matches
 */
export async function averageWeights(
  experiment: Experiment,
  request: AveragingRequest = {},
): Promise<Averaged> {
  const { dir } = experiment.config.train;
  const { count = 10, epochEnd = null } = request;
  await checkWritable(dir, "train.dir");
  await chooseCheckpoints(runFolder(dir), { count, epochEnd });
  await experiment.layout();
  await experiment.startBackend();
  const loader = await statisticsLoader(experiment);
  try {
    return await averageRun(experiment, loader, request);
  } finally {
    loader.close();
  }
}
