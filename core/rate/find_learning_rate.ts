import { join } from "@std/path";
import { writeFileAtomic } from "../base/files.ts";
import { configProblem } from "../base/problem.ts";
import type { Experiment } from "../experiment/experiment.ts";
import { checkWritable } from "../run_folder/check_writable.ts";
import { openTraining } from "../train/train.ts";
import { findRate, type RateFound, type RateSearch } from "./find_rate.ts";
import { ratePage } from "./rate_page.ts";

/** What was found, and the page that shows it. */
export interface LearningRateFound extends RateFound {
  readonly page: string;
}

/**
 * Tries learning rates from low to high on the network of an experiment and suggests one. Writes find_lr.html into
 * `train.dir`; what was trained is thrown away.
 *
 * @param search 100 updates from 1e-7 to 10 where left out
 * @throws Problem when config or data do not fit, or the loss is no number at once
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
  await checkWritable(dir);
  const examples = await openTraining(experiment);
  const found = await findRate({ experiment, examples }, { steps, from, to });
  const page = join(dir, "find_lr.html");
  await writeFileAtomic(page, ratePage(`Learning rates for ${experiment.path}`, found));
  return { ...found, page };
}
