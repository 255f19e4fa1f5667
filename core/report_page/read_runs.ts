import { basename } from "@std/path";
import { pathExists } from "../base/files.ts";
import type { Experiment } from "../experiment/experiment.ts";
import { predictionPath } from "../predict/prediction_path.ts";
import { readPredictions } from "../predictions/predictions.ts";
import { runFolder } from "../run_folder/run_folder.ts";
import { readRecords } from "../train/history.ts";
import type { EpochRecord } from "../train/types.ts";
import { type LabelledPredictions, labelledPredictions } from "./join_predictions.ts";

/** The splits whose labels are known to a model that did not train on them. */
export const REPORTED_SPLITS = ["test_val", "val"] as const;

/** One of `REPORTED_SPLITS`. */
export type ReportedSplit = (typeof REPORTED_SPLITS)[number];

/** A config's run: what its folder and prediction files hold. */
export interface Run {
  readonly name: string;
  readonly experiment: Experiment;
  readonly history: readonly EpochRecord[];
  readonly predictions: Readonly<Partial<Record<ReportedSplit, LabelledPredictions>>>;
}

/** Names of runs: that of the config file; all of its path where two are alike. */
export function runNames(paths: readonly string[]): string[] {
  const short = paths.map((path) => basename(path).replace(/\.ya?ml$/, ""));
  return new Set(short).size === short.length ? short : [...paths];
}

async function readSplits(experiment: Experiment): Promise<Run["predictions"]> {
  const { classes: { length: classes }, target } = await experiment.layout();
  const found: Partial<Record<ReportedSplit, LabelledPredictions>> = {};
  for (const split of REPORTED_SPLITS) {
    const path = predictionPath(experiment.config.train.dir, split);
    if (!(await pathExists(path))) continue;
    found[split] = labelledPredictions(await readPredictions(path, { classes, target }));
  }
  return found;
}

/** Reads what is there of each config's run: its history, and its predictions of labelled images by their default names. */
export async function readRuns(experiments: readonly Experiment[]): Promise<Run[]> {
  const names = runNames(experiments.map(({ path }) => path)), runs: Run[] = [];
  for (const [place, experiment] of experiments.entries()) {
    const { history } = runFolder(experiment.config.train.dir);
    runs.push({
      name: names[place]!,
      experiment,
      history: await readRecords(history),
      predictions: await readSplits(experiment),
    });
  }
  return runs;
}
