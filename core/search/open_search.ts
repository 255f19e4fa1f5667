import { join } from "@std/path";
import type { Output } from "../base/output.ts";
import type { Experiment } from "../experiment/experiment.ts";
import { type Config, configSchema } from "../config/schema.ts";
import { checkMetric } from "../experiment/check_metric.ts";
import type { TrainExamples } from "../train/types.ts";
import { writePolicyFile } from "./policy/policy_file.ts";
import { SearchProgress } from "./search_progress.ts";
import { checkSearchRecord, clearSearch } from "./search_record.ts";
import type { SearchRun, SearchSettings } from "./search_run.ts";
import { operationSpaces } from "./policy/operation_space.ts";
import { checkPolicyTransform, makeTrainer, scoreName, searchMetric } from "./train_policy.ts";
import { TrialStore } from "./trial_store.ts";

/** Options of a search. */
export interface SearchOptions {
  /** Delete the files of an earlier search and start over; otherwise the earlier search is resumed. */
  readonly fresh?: boolean;
  /** Format of best_policy.data: JSON, or upstream's Python literal. */
  readonly format?: "json" | "python";
  /** Rerun only this trial. */
  readonly trial?: number;
  /**
   * Checked after every step: when aborted, the trial is saved and the search throws a problem of kind "interrupted".
   */
  readonly signal?: AbortSignal;
  /** Called after each write of a training's resume file; the search waits for it. */
  readonly onSaved?: () => Promise<void>;
}

/** A search that is ready to run, with its data. */
export interface OpenedSearch {
  readonly run: SearchRun;
  readonly experiment: Experiment;
  readonly examples: TrainExamples;
  /** The policy file. */
  readonly policyPath: string;
  readonly pagePath: string;
}

/**
 * The `search` section, or the defaults when the config (such as upstream's search.yml) has none. The deprecated method
 * name `asha` is mapped to `halving` with a message.
 */
export function searchSettings(config: Config, output: Output): SearchSettings {
  const { method, ...settings } = config.search ?? configSchema.shape.search.parse({})!;
  if (method !== "asha") return { ...settings, method };
  output.warn(
    'search.method "asha" runs successive halving, which waits for whole rounds; write "halving" instead',
  );
  return { ...settings, method: "halving" };
}

/** Opens the data, backend and folder of a search. Throws before writing anything when they are invalid. */
export async function openSearch(
  experiment: Experiment,
  { fresh, signal, onSaved, format = "json" }: SearchOptions,
): Promise<OpenedSearch> {
  const { config, registry, output } = experiment;
  const { dir } = config.train;
  const settings = searchSettings(config, output);
  checkPolicyTransform(config, registry);
  const spaces = operationSpaces(registry, settings);
  const examples = { train: await experiment.trainingExamples(), val: await experiment.examples("val") };
  const compared = await searchMetric(experiment), { metric } = compared;
  await checkMetric(experiment, examples.val, compared);
  await experiment.startBackend();
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
    train: makeTrainer({ experiment, examples, signal, onSaved }),
    trials: new TrialStore(join(dir, "trials")),
    confirmations: new TrialStore(join(dir, "confirm")),
    output,
    progress: new SearchProgress(output),
    savePolicies: (policies) => writePolicyFile(policyPath, policies, { format }),
  };
  return { run, experiment, examples, policyPath, pagePath: join(dir, "search.html") };
}
