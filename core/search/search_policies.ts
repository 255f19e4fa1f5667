import { confirmBest, type Verdict } from "./confirm.ts";
import { densitySearch } from "./density/density_search.ts";
import { networkStore } from "./density/judge_network.ts";
import { openScorer } from "./density/open_scorer.ts";
import { halvingSearch } from "./halving.ts";
import { type OpenedSearch, openSearch, type SearchOptions } from "./open_search.ts";
import { randomSearch } from "./random_search.ts";
import { printEnd, writePage } from "./page/report.ts";
import { rerunTrial } from "./rerun.ts";
import type { Experiment } from "../experiment/experiment.ts";
import type { SearchMethod, SearchRun } from "./search_run.ts";
import type { Trial } from "./trial_store.ts";

/** What a search found. */
export interface SearchResult {
  readonly trials: readonly Trial[];
  readonly verdict: Verdict | null;
  /** The policy file. */
  readonly policies: string;
  /** The HTML page. */
  readonly page: string;
}

type Method = (search: OpenedSearch, signal: AbortSignal | undefined) => Promise<Trial[]>;

const METHODS: Readonly<Record<SearchMethod, Method>> = {
  random: ({ run }) => randomSearch(run),
  halving: ({ run }) => halvingSearch(run),
  density_matching: (search, signal) => densitySearch(search.run, () => openScorer(search, signal)),
};

/** What a trial's score is: density matching trains no candidate. */
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

/**
 * Searches augmentation policies as `search` in the config says and writes best_policy.data, one file per trial and
 * search.html below `train.dir`. What an earlier run finished is not run again; a trial cut off by a kill goes on from
 * its own checkpoint; the policies found are those of an uninterrupted run.
 *
 * @throws Problem when the config or the data do not fit, or on an interrupt
 */
export async function searchPolicies(
  experiment: Experiment,
  options: SearchOptions = {},
): Promise<SearchResult> {
  const opened = await openSearch(experiment, options);
  const { trials, verdict } = await search(opened, options);
  const others = [
    ...await networkStore(experiment).readAll(),
    ...await opened.run.confirmations.readAll(),
  ];
  const end = { trials, verdict, scoreName: trialScoreName(opened.run), others };
  printEnd(opened, end);
  await writePage(opened, end);
  return { trials, verdict, policies: opened.policyPath, page: opened.pagePath };
}
