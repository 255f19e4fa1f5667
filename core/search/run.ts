import { confirmBest, type Verdict } from "./confirm.ts";
import { densitySearch } from "./density/density_search.ts";
import { networkStore } from "./density/judge_network.ts";
import { openScorer } from "./density/open_scorer.ts";
import { halvingSearch } from "./halving.ts";
import { type OpenedSearch, openSearch, type SearchOptions } from "./open_search.ts";
import { randomSearch } from "./random_search.ts";
import { printEnd, writePage } from "./page/report.ts";
import { rerunTrial } from "./rerun.ts";
import type { SearchSettings } from "./search_run.ts";
import type { Trial } from "./trial_store.ts";

export type { SearchOptions } from "./open_search.ts";

/** What a search found. */
export interface SearchResult {
  readonly trials: readonly Trial[];
  readonly verdict: Verdict | null;
  /** The policy file. */
  readonly policies: string;
  /** The HTML page. */
  readonly page: string;
}

type Method = (search: OpenedSearch, options: SearchOptions) => Promise<Trial[]>;

const METHODS: Readonly<Record<SearchSettings["method"], Method>> = {
  random: ({ run }) => randomSearch(run),
  asha: ({ run }) => halvingSearch(run),
  density_matching: (search, options) => densitySearch(search.run, () => openScorer(search, options)),
};

/** What a trial's score is, by method. */
const SCORE_NAMES: Readonly<Record<SearchSettings["method"], string>> = {
  random: "macro F1",
  asha: "macro F1",
  density_matching: "match",
};

async function search(
  opened: OpenedSearch,
  options: SearchOptions,
): Promise<{ trials: Trial[]; verdict: Verdict | null }> {
  const { run } = opened;
  if (options.trial !== undefined) {
    const trials = await rerunTrial(run, options.trial, () => openScorer(opened, options));
    return { trials, verdict: null };
  }
  const trials = await METHODS[run.settings.method](opened, options);
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
export async function runSearch(options: SearchOptions): Promise<SearchResult> {
  const opened = await openSearch(options);
  const { trials, verdict } = await search(opened, options);
  const others = [
    ...await networkStore(options).readAll(),
    ...await opened.run.confirmations.readAll(),
  ];
  const end = { trials, verdict, scoreName: SCORE_NAMES[opened.run.settings.method], others };
  printEnd(opened, end);
  await writePage(opened, end, options);
  return { trials, verdict, policies: opened.policyPath, page: opened.pagePath };
}
