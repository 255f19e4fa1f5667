import { writeFileAtomic } from "../../base/files.ts";
import { describeCost, type SearchCost, searchCost, totalSeconds } from "./search_cost.ts";
import type { Verdict } from "../confirm_best.ts";
import { formatDuration } from "../../base/duration.ts";
import type { OpenedSearch } from "../open_search.ts";
import { picturePairs } from "./picture_pairs.ts";
import { describePolicy, type Policy } from "../policy/policy.ts";
import { rankCandidates } from "../random_search.ts";
import { confirmationTable, searchPage } from "./search_page.ts";
import { isScored, type Trial } from "../trial_store.ts";

/** Maximum rows of the final table. */
const TABLE_ROWS = 10;
/** Example images on the page. */
const PICTURES = 8;

/** Result of a finished search. */
export interface FinishedSearch {
  readonly trials: readonly Trial[];
  readonly verdict: Verdict | null;
  /** Name of the trial score. */
  readonly scoreName: string;
  /** Trainings besides the candidates that count towards the cost. */
  readonly others: readonly Trial[];
}

/** Cost of a search compared with 51 full trainings. */
export function costOf(search: OpenedSearch, end: FinishedSearch): SearchCost {
  const { examples, run } = search;
  return searchCost([...end.trials, ...end.others].map((trial) => trial.passes), {
    train: examples.train.length,
    val: examples.val.length,
    epochs: run.epochs,
  });
}

function printTrials(search: OpenedSearch, { trials, scoreName }: FinishedSearch): void {
  const { output } = search.run;
  const base = trials.filter(isScored).find((trial) => trial.policy.length === 0);
  const best = rankCandidates(trials).slice(0, TABLE_ROWS);
  const rows = [...(base ? [base] : []), ...best].map((trial) => [
    trial.policy.length === 0 ? "no policy" : `trial ${Number(trial.id)}`,
    trial.score.toFixed(4),
    base ? (trial.score - base.score).toFixed(4) : "",
    formatDuration(trial.seconds),
    trial.policy.length === 0 ? "" : `${describePolicy(trial.policy)[0]} and ${trial.policy.length - 1} more`,
  ]);
  output.line();
  output.table(["policy", scoreName, "gain", "time", "sub-policies"], rows);
}

function printVerdict(search: OpenedSearch, verdict: Verdict): void {
  const { header, rows } = confirmationTable(verdict, search.run.scoreName);
  search.run.output.line();
  search.run.output.table(header, rows);
  search.run.output.line(verdict.sentence);
}

/** Prints the result tables, the verdict and the cost. */
export function printSearchResult(search: OpenedSearch, end: FinishedSearch): void {
  printTrials(search, end);
  if (end.verdict) printVerdict(search, end.verdict);
  for (const line of describeCost(costOf(search, end))) search.run.output.line(line);
  search.run.output.line(`Policies: ${search.policyPath}`);
  search.run.output.line(`Page: ${search.pagePath}`);
}

/** The policy of the example images: the best single policy. */
function shownPolicy(end: FinishedSearch): Policy {
  return end.verdict?.chosen.contender.policies?.at(-1) ?? rankCandidates(end.trials)[0]?.policy ?? [];
}

/** Writes search.html. */
export async function writeSearchPage(search: OpenedSearch, end: FinishedSearch): Promise<void> {
  const { experiment } = search;
  const { config } = experiment;
  const { channels } = await experiment.layout();
  const pictures = await picturePairs(search.examples.val, {
    policy: shownPolicy(end),
    seed: config.seed,
    channels: channels.length,
    maxPixels: config.data.max_pixels,
    decoders: experiment.decoders(),
    count: PICTURES,
    augmentation: (operation) => experiment.augmentation(operation),
  });
  const { method, keep } = search.run.settings;
  const candidates = end.trials.filter((trial) => trial.policy.length > 0).length;
  const time = formatDuration(totalSeconds([...end.trials, ...end.others]));
  const page = searchPage({
    title: "Augmentation search",
    scoreName: end.scoreName,
    trainingScore: search.run.scoreName,
    trials: end.trials,
    keep,
    verdict: end.verdict,
    summary: [
      `Method ${method}: ${candidates} policies tried in ${time}.`,
      ...describeCost(costOf(search, end)),
    ],
    pictures,
  });
  await writeFileAtomic(search.pagePath, page);
}
