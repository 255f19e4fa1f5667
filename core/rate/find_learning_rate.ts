import { join } from "@std/path";
import { checkWritable } from "../base/check_writable.ts";
import { writeFileAtomic } from "../base/files.ts";
import { configProblem } from "../base/problem.ts";
import type { Experiment } from "../experiment/experiment.ts";
import { openTraining } from "../train/train.ts";
import { findRate, type RateFound, type RateSearch } from "./find_rate.ts";
import { ratePage } from "./rate_page.ts";

/** Result of the range test and the path of its HTML page. */
export interface LearningRateFound extends RateFound {
  readonly page: string;
}

/**
 * Runs a learning-rate range test on an experiment's model and suggests a rate. Writes find_lr.html to `train.dir`; the
 * trained weights are discarded.
 *
 * @param search by default 100 steps from 1e-7 to 10
 * @throws Problem on config or data errors, or when the loss is not finite from the start
 */
export async function findLearningRate(
  experiment: Experiment,
  search: Partial<RateSearch> = {},
): Promise<LearningRateFound> {
  const { steps = 100, from = 1e-7, to = 10 } = search;
  if (from >= to) {
    throw configProblem(`Cannot search rates: the lowest, ${from}, is not below the highest, ${to}`);
  }
  const { dir } = experiment.config.train;
  await checkWritable(dir, "train.dir");
  const examples = await openTraining(experiment);
  const found = await findRate({ experiment, examples }, { steps, from, to });
  const page = join(dir, "find_lr.html");
  await writeFileAtomic(page, ratePage(`Learning rates for ${experiment.path}`, found));
  return { ...found, page };
}
