import { basename, join } from "@std/path";
import { checkWritable } from "../base/check_writable.ts";
import type { Json } from "../base/json.ts";
import { dataProblem } from "../base/problem.ts";
import type { Loader } from "../data/loader.ts";
import { checkMetric } from "../experiment/check_metric.ts";
import type { Experiment } from "../experiment/experiment.ts";
import type { Model } from "../plugin/contracts.ts";
import {
  checkpointSplit,
  checkpointTeachers,
  readCheckpointFile,
  saveWeights,
} from "../run_folder/checkpoint.ts";
import { decisiveConfig } from "../run_folder/config_changes.ts";
import {
  type EpochCheckpoint,
  epochCheckpoints,
  type RunFolder,
  runFolder,
} from "../run_folder/run_folder.ts";
import { averageCheckpoints, estimateStatistics } from "./average_checkpoints.ts";
import { chooseSoup, type SoupRecord } from "./choose_soup.ts";

/** Options of {@link averageWeights}. */
export interface AveragingRequest {
  /** Number of checkpoints, counted from the last; 10 when left out. */
  readonly count?: number;
  /** Last epoch to include; the newest checkpoint's when null or left out. */
  readonly epochEnd?: number | null;
  /** File name prefix; `swa` when left out. */
  readonly name?: string;
  /** Average only those checkpoints by which the validation score does not fall, the best epoch's among them. */
  readonly greedy?: boolean;
}

/** The averaged checkpoint and its sources. */
export interface Averaged {
  readonly path: string;
  readonly checkpoints: readonly string[];
  /** How the checkpoints of a greedy soup were chosen. */
  readonly greedy?: SoupRecord;
}

/** The checkpoints to average, oldest first. Throws a data problem that lists the existing epochs when none match. */
export async function chooseCheckpoints(
  folder: RunFolder,
  { count, epochEnd }: { readonly count: number; readonly epochEnd: number | null },
): Promise<readonly EpochCheckpoint[]> {
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

/** Loaders of {@link averageRun}. */
export interface AveragingLoaders {
  /** The train split with the validation transform, from which batch-norm statistics are estimated. */
  readonly statistics: Loader;
  /** The validation split, by which a greedy soup chooses its checkpoints; null to average all of them. */
  readonly validation: Loader | null;
}

async function saveAverage(
  { config }: Experiment,
  model: Model,
  { path, last, metrics }: { path: string; last: EpochCheckpoint; metrics: object },
): Promise<void> {
  const newest = await readCheckpointFile(last.path, "Train again");
  await saveWeights(model, [path], {
    epoch: last.epoch,
    step: Number(newest.metadata.get("step") ?? 0),
    config: decisiveConfig(config),
    metrics: metrics as Json,
    trainedSplit: checkpointSplit(newest),
    teachers: checkpointTeachers(newest),
  });
}

/**
 * Averages a run's last checkpoints, re-estimates the batch-norm statistics, and writes
 * `<name>.<count>.<last epoch>.safetensors` to the checkpoint folder; with a validation loader
 * `<name>_greedy.<count>.<last epoch>.safetensors`, of the checkpoints that a greedy soup keeps.
 */
export async function averageRun(
  experiment: Experiment,
  { statistics, validation }: AveragingLoaders,
  { count = 10, epochEnd = null, name = "swa" }: AveragingRequest = {},
): Promise<Averaged> {
  const { config, output } = experiment;
  const folder = runFolder(config.train.dir);
  const chosen = await chooseCheckpoints(folder, { count, epochEnd });
  if (chosen.length < count) {
    output.warn(`only ${chosen.length} of ${count} checkpoints are there; averaging those`);
  }
  const last = chosen.at(-1)!;
  const model = await experiment.model(statistics.size);
  const setAverage = async (checkpoints: readonly EpochCheckpoint[]) => {
    await averageCheckpoints(model, checkpoints.map(({ path }) => path));
    // A soup of one checkpoint is that checkpoint, as it was scored.
    if (validation === null || checkpoints.length > 1) await estimateStatistics(model, statistics, output);
  };
  try {
    const soup = validation &&
      await chooseSoup(experiment, { chosen, folder, model, validation, setAverage });
    const kept = soup?.kept ?? chosen;
    await setAverage(kept);
    const prefix = soup ? `${name}_greedy` : name;
    const path = join(
      folder.checkpoints,
      `${prefix}.${count}.${String(last.epoch).padStart(3, "0")}.safetensors`,
    );
    const names = kept.map((checkpoint) => basename(checkpoint.path));
    const greedy = soup ? { greedy: soup.record } : {};
    await saveAverage(experiment, model, { path, last, metrics: { averaged: names, ...greedy } });
    return { path, checkpoints: names, ...greedy };
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

/** Loader of the validation split, as training has it. */
async function validationLoader(experiment: Experiment): Promise<Loader> {
  const examples = await experiment.examples("val");
  const metric = { metric: await experiment.metric(), where: "train.metric" };
  await checkMetric(experiment, examples, metric);
  const { batch_size: batchSize } = experiment.config.eval;
  return await experiment.loader({ examples, split: "val", batchSize, shuffle: false });
}

/**
 * Averages the weights of a run's last checkpoints (stochastic weight averaging), or greedily those that gain.
 *
 * @throws a data problem when no checkpoint matches
 */
export async function averageWeights(
  experiment: Experiment,
  request: AveragingRequest = {},
): Promise<Averaged> {
  const { dir } = experiment.config.train;
  const { count = 10, epochEnd = null, greedy = false } = request;
  await checkWritable(dir, "train.dir");
  await chooseCheckpoints(runFolder(dir), { count, epochEnd });
  await experiment.layout();
  await experiment.startBackend();
  const validation = greedy ? await validationLoader(experiment) : null;
  try {
    const statistics = await statisticsLoader(experiment);
    try {
      return await averageRun(experiment, { statistics, validation }, request);
    } finally {
      statistics.close();
    }
  } finally {
    validation?.close();
  }
}
