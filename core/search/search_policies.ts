import { checkWritable } from "../base/check_writable.ts";
import { withFolderLock } from "../base/folder_lock.ts";
import { confirmBest, type Verdict } from "./confirm_best.ts";
import { densitySearch } from "./density/density_search.ts";
import { networkStore } from "./density/open_judge.ts";
import { openScorer } from "./density/open_scorer.ts";
import { halvingSearch } from "./halving_search.ts";
import { type OpenedSearch, openSearch, type SearchOptions } from "./open_search.ts";
import { randomSearch } from "./random_search.ts";
import { printSearchResult, writeSearchPage } from "./page/search_output.ts";
import { rerunTrial } from "./rerun_trial.ts";
import type { Experiment } from "../experiment/experiment.ts";
import type { SearchMethod, SearchRun } from "./search_run.ts";
import type { Trial } from "./trial_store.ts";

/** Result of {@link searchPolicies}. */
export interface SearchResult {
  readonly trials: readonly Trial[];
  readonly verdict: Verdict | null;
  /** Path of the policy file. */
  readonly policies: string;
  /** Path of the HTML page. */
  readonly page: string;
}

type Method = (search: OpenedSearch, signal: AbortSignal | undefined) => Promise<Trial[]>;

const METHODS: Readonly<Record<SearchMethod, Method>> = {
  random: ({ run }) => randomSearch(run),
  halving: ({ run }) => halvingSearch(run),
  density_matching: (search, signal) => densitySearch(search.run, () => openScorer(search, signal)),
};

/** Name of the trial score, which in density matching is not a training's. */
function trialScoreName({ settings, scoreName }: SearchRun): string {
  return settings.method === "density_matching" ? "match" : scoreName;
}

async function search(
  opened: OpenedSearch,
  options: SearchOptions,
): Promise<{ trials: Trial[]; verdict: Verdict | null }> {
  const { run } = opened;
  if (options.trial !== undefined) {
    const trials = await rerunTrial(run, options.trial, () => openScorer(opened, options.signal));
    return { trials, verdict: null };
  }
  const trials = await METHODS[run.settings.method](opened, options.signal);
  const verdict = await confirmBest(run, trials);
  const chosen = verdict?.chosen.contender.policies;
  if (chosen) await run.savePolicies(chosen);
  return { trials, verdict };
}

async function searchInFolder(experiment: Experiment, options: SearchOptions): Promise<SearchResult> {
  const opened = await openSearch(experiment, options);
  const { trials, verdict } = await search(opened, options);
  const others = [
    ...await networkStore(experiment).readAll(),
    ...await opened.run.confirmations.readAll(),
  ];
  const end = { trials, verdict, scoreName: trialScoreName(opened.run), others };
  printSearchResult(opened, end);
  await writeSearchPage(opened, end);
  return { trials, verdict, policies: opened.policyPath, page: opened.pagePath };
}

/**
 * Searches augmentation policies by the config's `search` section. Writes best_policy.data, one file per trial and
 * search.html to `train.dir`. Finished trials of an earlier run are not repeated and a killed trial resumes from its
 * checkpoint; the result is that of an uninterrupted run.
 *
 * @throws Problem on config or data errors, when interrupted, or when another process is writing to `train.dir`
 */
export async function searchPolicies(
  experiment: Experiment,
  options: SearchOptions = {},
): Promise<SearchResult> {
  const { dir } = experiment.config.train;
  await checkWritable(dir, "train.dir");
  return await withFolderLock(dir, () => searchInFolder(experiment, options));
}
