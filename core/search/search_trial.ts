import { checkWritable } from "../base/check_writable.ts";
import { configProblem } from "../base/problem.ts";
import type { Experiment } from "../experiment/experiment.ts";
import { plannedConfirmation } from "./confirm_best.ts";
import { openSearch } from "./open_search.ts";
import { randomTrial } from "./random_search.ts";
import { runTrial, type TrialPlan } from "./run_trial.ts";
import type { SearchRun } from "./search_run.ts";
import type { TrialStore } from "./trial_store.ts";

/** How one training of a search is run. */
export interface SearchTrialOptions {
  readonly signal?: AbortSignal | undefined;
  /**
   * Told before the training begins of the files and folders in which it keeps how far it is; what it returns is called
   * after each write of the resume file, and waited for.
   */
  readonly resumeAt: (paths: readonly string[]) => Promise<() => Promise<void>>;
}

/** A training of a search, and where its record is kept; null where there is nothing to train. */
type ChooseTrial = (
  run: SearchRun,
) => Promise<{ readonly store: TrialStore; readonly plan: TrialPlan } | null>;

/** Trains what is chosen; returns the path of its record, or null. */
async function runChosen(
  experiment: Experiment,
  choose: ChooseTrial,
  { signal, resumeAt }: SearchTrialOptions,
): Promise<string | null> {
  await checkWritable(experiment.config.train.dir, "train.dir");
  let save = () => Promise.resolve();
  const { run } = await openSearch(experiment, { onSaved: () => save(), ...(signal && { signal }) });
  const { method } = run.settings;
  if (method !== "random") {
    throw configProblem(
      `Cannot run a training of the search by itself: by ${method} it depends on those before`,
      "Run the search as a whole, or set search.method to random",
    );
  }
  const chosen = await choose(run);
  if (chosen === null) return null;
  const { store, plan } = chosen, path = store.path(plan.id);
  save = await resumeAt([path, store.workFolder(plan.id)]);
  await runTrial(run, store, plan);
  return path;
}

/**
 * Runs one trial of a random search and leaves its record in `train.dir` for {@link searchPolicies}, which takes it up.
 * Trials depend on none before them, so that machines can share them out.
 *
 * @param trial its number; 0 is the one without a policy
 * @returns the path of its record
 * @throws a config problem where the search is of another method; else as the search does
 */
export async function searchTrial(
  experiment: Experiment,
  trial: number,
  options: SearchTrialOptions,
): Promise<string> {
  const choose: ChooseTrial = (run) => Promise.resolve({ store: run.trials, plan: randomTrial(run, trial) });
  return (await runChosen(experiment, choose, options))!;
}

/** One training of the confirmation of a random search. */
export interface ConfirmationChoice {
  /** Number of the trials that were run, besides trial 0. */
  readonly trials: number;
  /** Numbers of the contender and of the fresh seed, from 0. */
  readonly contender: number;
  readonly seed: number;
}

/**
 * Runs one training of the confirmation of a random search whose trials are all in `train.dir`, as {@link searchTrial}
 * does; null where the search has found fewer contenders.
 */
export async function searchConfirmation(
  experiment: Experiment,
  choice: ConfirmationChoice,
  options: SearchTrialOptions,
): Promise<string | null> {
  return await runChosen(experiment, async (run) => {
    const trials = (await run.trials.readAll()).filter(({ id }) => Number(id) <= choice.trials);
    const plan = plannedConfirmation(run, trials, choice);
    return plan && { store: run.confirmations, plan };
  }, options);
}
