import { join } from "@std/path";
import type { Output } from "../base/output.ts";
import type { Experiment } from "../experiment/experiment.ts";
import { type Config, configSchema } from "../config/schema.ts";
import { checkWritable } from "../run_folder/check_writable.ts";
import type { TrainExamples } from "../train/types.ts";
import { writePolicyFile } from "./policy/policy_file.ts";
import { SearchProgress } from "./progress.ts";
import { checkSearchRecord, clearSearch } from "./search_record.ts";
import type { SearchRun, SearchSettings } from "./search_run.ts";
import { operationSpaces } from "./policy/space.ts";
import { checkPolicyTransform, makeTrainer, scoreName, searchMetric } from "./train_policy.ts";
import { TrialStore } from "./trial_store.ts";

/** What a search is started with. */
export interface SearchOptions {
  /** Forget what an earlier run left; otherwise it is taken up. */
  readonly fresh?: boolean;
  /** How best_policy.data is written: JSON, or upstream's Python literal. */
  readonly format?: "json" | "python";
  /** Run this trial again and nothing else. */
  readonly trial?: number;
  /** Looked at after every step: when aborted, the trial is saved and the search ends with kind "interrupted". */
  readonly signal?: AbortSignal;
}

/** A search that may begin, with the data it works on. */
export interface OpenedSearch {
  readonly run: SearchRun;
  readonly experiment: Experiment;
  readonly examples: TrainExamples;
  /** The policy file. */
  readonly policyPath: string;
  readonly pagePath: string;
}

/**
 * The `search` section, with defaults where a config such as upstream's search.yml has none. The method `asha` becomes
 * `halving`, which is what it does, and the user is told.
 */
export function searchSettings(config: Config, output: Output): SearchSettings {
  const { method, ...settings } = config.search ?? configSchema.shape.search.parse({})!;
  if (method !== "asha") return { ...settings, method };
  output.warn(
    'search.method "asha" runs successive halving, which waits for whole rounds; write "halving" instead',
  );
  return { ...settings, method: "halving" };
}

/** Opens data, backend and folder of a search. Throws before anything is written when they do not fit. */
export async function openSearch(
  experiment: Experiment,
  { fresh, signal, format = "json" }: SearchOptions,
): Promise<OpenedSearch> {
  const { config, registry, output } = experiment;
  const { dir } = config.train;
  const settings = searchSettings(config, output);
  checkPolicyTransform(config, registry);
  const spaces = operationSpaces(registry, settings);
  const examples = { train: await experiment.examples("train"), val: await experiment.examples("val") };
  const metric = await searchMetric(experiment);
  await experiment.startBackend();
  await checkWritable(dir);
  if (fresh) await clearSearch(dir);
  await checkSearchRecord(dir, config, { settings, spaces });
  const policyPath = join(dir, "best_policy.data");
  const run: SearchRun = {
    settings,
    seed: config.seed,
    epochs: config.train.num_epochs,
    spaces,
    scoreName: scoreName(metric),
    failedScore: metric.better === "higher" ? 0 : -Infinity,
    train: makeTrainer({ experiment, examples, signal }),
    trials: new TrialStore(join(dir, "trials")),
    confirmations: new TrialStore(join(dir, "confirm")),
    output,
    progress: new SearchProgress(output),
    savePolicies: (policies) => writePolicyFile(policyPath, policies, { format }),
  };
  return { run, experiment, examples, policyPath, pagePath: join(dir, "search.html") };
}
