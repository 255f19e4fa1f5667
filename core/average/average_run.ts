import { basename, join } from "@std/path";
import type { Output } from "../base/output.ts";
import { openExperiment, startBackend } from "../experiment/experiment.ts";
import type { LoadedConfig } from "../config/load.ts";
import type { Config } from "../config/schema.ts";
import { createLoader, type Loader } from "../data/loader.ts";
import { loaderSettings } from "../experiment/loader_settings.ts";
import type { Example } from "../base/example.ts";
import type { Layout } from "../plugin/contracts.ts";
import type { Registry } from "../plugin/registry.ts";
import { dataProblem } from "../base/problem.ts";
import { averageCheckpoints, estimateStatistics } from "./average_checkpoints.ts";
import { readCheckpointFile, saveWeights } from "../run_folder/checkpoint.ts";
import { decisiveConfig } from "../run_folder/config_changes.ts";
import { createModel } from "../experiment/create_model.ts";
import { checkWritable } from "../train/plan.ts";
import { epochCheckpoints, type RunFolder, runFolder } from "../run_folder/run_folder.ts";

/** Which checkpoints are averaged and what the average is called. */
export interface AveragingRequest {
  /** How many of the last checkpoints. */
  readonly count: number;
  /** The last epoch taken, or null for the last there is. */
  readonly epochEnd: number | null;
  /** First part of the file's name. */
  readonly name: string;
  readonly output: Output;
}

/** What a run's average is made from. */
export interface AveragingParts {
  readonly config: Config;
  readonly registry: Registry;
  readonly layout: Pick<Layout, "classes" | "channels">;
  /** The train split under the transform of validation. */
  readonly loader: Loader;
}

/** What was averaged. */
export interface Averaged {
  readonly path: string;
  readonly checkpoints: readonly string[];
}

/** The checkpoints to average, oldest first. Throws a data problem that tells what there is. */
export async function chooseCheckpoints(
  folder: RunFolder,
  { count, epochEnd }: Pick<AveragingRequest, "count" | "epochEnd">,
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

/** Averages a run's last checkpoints and writes `<name>.<count>.<last epoch>.safetensors` beside them. */
export async function averageRun(parts: AveragingParts, request: AveragingRequest): Promise<Averaged> {
  const { config, registry, layout, loader } = parts;
  const { count, name, output } = request;
  const folder = runFolder(config.train.dir);
  const chosen = await chooseCheckpoints(folder, request);
  if (chosen.length < count) {
    output.warn(`only ${chosen.length} of ${count} checkpoints are there; averaging those`);
  }
  const last = chosen.at(-1)!;
  const path = join(
    folder.checkpoints,
    `${name}.${count}.${String(last.epoch).padStart(3, "0")}.safetensors`,
  );
  const size = { classes: layout.classes.length, channels: layout.channels.length, size: loader.size };
  const model = createModel(config, registry, size);
  try {
    await averageCheckpoints(model, chosen.map((checkpoint) => checkpoint.path));
    await estimateStatistics(model, loader, output);
    const { metadata } = await readCheckpointFile(last.path, "Train again");
    const names = chosen.map((checkpoint) => basename(checkpoint.path));
    await saveWeights(model, [path], {
      epoch: last.epoch,
      step: Number(metadata.get("step") ?? 0),
      config: decisiveConfig(config),
      metrics: { averaged: names },
    });
    return { path, checkpoints: names };
  } finally {
    model.dispose();
  }
}

/** The loader that statistics are estimated on: shuffled, whole batches only, as upstream does it. */
export async function statisticsLoader(
  { config, layout, examples }: { config: Config; layout: Layout; examples: readonly Example[] },
  output: Output,
): Promise<Loader> {
  const { batch_size } = config.train;
  return await createLoader({
    ...loaderSettings(config, layout, output),
    examples,
    split: "val",
    batchSize: batch_size,
    shuffle: true,
    dropLast: examples.length >= batch_size,
  });
}

/** Opens the data, starts the backend and averages the run of a config. */
export async function runAveraging(loaded: LoadedConfig, request: AveragingRequest): Promise<Averaged> {
  const { config, registry } = loaded;
  await checkWritable(config.train.dir);
  await chooseCheckpoints(runFolder(config.train.dir), request);
  const { layout, dataset } = await openExperiment(config, registry);
  request.output.line(await startBackend(registry, config.backend, { threads: config.threads }));
  const loader = await statisticsLoader(
    { config, layout, examples: await dataset.examples("train") },
    request.output,
  );
  try {
    return await averageRun({ config, registry, layout, loader }, request);
  } finally {
    loader.close();
  }
}
