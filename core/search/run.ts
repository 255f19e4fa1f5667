import { Problem } from "../problem.ts";
import { confirmBest, type Verdict } from "./confirm.ts";
import { halvingSearch } from "./halving.ts";
import { type OpenedSearch, openSearch, type SearchOptions } from "./open_search.ts";
import { randomSearch, saveBest, trialPolicy } from "./random_search.ts";
import { printEnd, type SearchEnd, writePage } from "./report.ts";
import { runTrial } from "./run_trial.ts";
import type { SearchRun, SearchSettings } from "./search_run.ts";
import { type Trial, trialId } from "./trial_store.ts";

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

const METHODS: Partial<Record<SearchSettings["method"], (run: SearchRun) => Promise<Trial[]>>> = {
  random: randomSearch,
  asha: halvingSearch,
};

/**
 * Searches augmentation policies as `search` in the config says and writes best_policy.data, one file per trial and
 * search.html below `train.dir`. What an earlier run finished is not run again; a trial cut off by a kill goes on from
 * its own checkpoint; the policies found are those of an uninterrupted run.
 *
 * @throws Problem when the config or the data do not fit, or on an interrupt
 */
export async function runSearch(options: SearchOptions): Promise<SearchResult> {
  const search = await openSearch(options);
  const { run } = search;
  if (options.trial !== undefined) await rerunTrial(search, options.trial);
  const trials = options.trial === undefined
    ? await METHODS[run.settings.method]!(run)
    : await run.trials.readAll();
  const verdict = options.trial === undefined ? await confirmBest(run, trials) : null;
  if (verdict?.chosen.contender.policies) await run.savePolicies(verdict.chosen.contender.policies);
  const others = await run.confirmations.readAll();
  const end: SearchEnd = { trials, verdict, scoreName: "macro F1", others };
  printEnd(search, end);
  await writePage(search, end, options);
  return { trials, verdict, policies: search.policyPath, page: search.pagePath };
}

/** Runs one trial again from its beginning, whatever is stored of it, and says what changed. */
async function rerunTrial({ run }: OpenedSearch, number: number): Promise<void> {
  const id = trialId(number);
  const before = await run.trials.read(id);
  await run.trials.remove(id);
  run.progress.plan(run.epochs);
  const policy = before?.policy ?? trialPolicy(run, number);
  const trial = await runTrial(run, run.trials, { id, policy, seed: run.seed, epochs: run.epochs });
  if (trial.score === null) throw new Problem("failed", `Cannot score trial ${number}: ${trial.error}`);
  const earlier = before?.score === null || before === null ? "" : `, ${before.score.toFixed(4)} before`;
  run.output.line(`trial ${number}: macro F1 ${trial.score.toFixed(4)}${earlier}`);
  await saveBest(run, await run.trials.readAll());
}
