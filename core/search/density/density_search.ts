import { Random } from "../../base/random.ts";
import { formatDuration } from "../../base/duration.ts";
import type { Policy } from "../policy/policy.ts";
import { rankCandidates, saveBest } from "../random_search.ts";
import { newTrial } from "../run_trial.ts";
import type { ImagePasses, SearchRun } from "../search_run.ts";
import { isScored, type Trial, trialId } from "../trial_store.ts";
import type { Match } from "./match_policy.ts";
import { proposePolicy } from "./tpe.ts";

/** Scores policies on held-out images with networks that were trained without a policy. */
export interface PolicyScorer {
  score(policy: Policy): Promise<{ readonly match: Match; readonly passes: ImagePasses }>;
  close(): void;
}

/**
 * Searches policies by density matching (as Fast AutoAugment): trains a network without a policy (in `openScorer`),
 * proposes policies with a tree-structured Parzen estimator (TPE) and scores each on held-out images without training.
 *
 * @returns the baseline and all candidates by id; their scores are density-matching scores, not F1
 */
export async function densitySearch(
  run: SearchRun,
  openScorer: () => Promise<PolicyScorer>,
): Promise<Trial[]> {
  const numbers = Array.from({ length: run.settings.trials + 1 }, (_, number) => number);
  const stored = await Promise.all(numbers.map((number) => run.trials.read(trialId(number))));
  const missing = stored.filter((trial) => trial === null || trial.status !== "done").length;
  const done: Trial[] = [];
  const scorer = missing > 0 ? await openScorer() : null;
  run.progress.restart(missing);
  try {
    for (const number of numbers) {
      const known = stored[number];
      if (known?.status === "done") {
        done.push(known);
        continue;
      }
      done.push(await scoreTrial(run, scorer!, { number, policy: nextPolicy(run, done, number) }));
      await saveBest(run, done);
      reportTrial(run, done);
    }
    await saveBest(run, done);
  } finally {
    scorer?.close();
  }
  return done;
}

/** Policy of a trial: none for trial 0; later ones depend only on their number and on the earlier trials. */
export function nextPolicy(
  run: Pick<SearchRun, "spaces" | "seed">,
  before: readonly Trial[],
  number: number,
): Policy {
  if (number === 0) return [];
  const observations = before.filter(isScored).filter((trial) => trial.policy.length > 0);
  return proposePolicy(run.spaces, observations, new Random(run.seed, "search policy", number));
}

async function scoreTrial(
  run: SearchRun,
  scorer: PolicyScorer,
  { number, policy }: { number: number; policy: Policy },
): Promise<Trial> {
  const trial = newTrial({ id: trialId(number), policy, seed: run.seed });
  const start = performance.now();
  const { match: { score, ...measures }, passes } = await scorer.score(policy);
  const seconds = Number(((performance.now() - start) / 1000).toFixed(3));
  const scored: Trial = { ...trial, status: "done", score, measures, passes, seconds };
  await run.trials.write(scored);
  run.progress.tick();
  return scored;
}

function reportTrial(run: SearchRun, trials: readonly Trial[]): void {
  const trial = trials.at(-1)!;
  if (!isScored(trial)) return;
  const share = (name: string) => `${(100 * trial.measures[name]!).toFixed(0)}% ${name}`;
  const name = trial.policy.length === 0 ? "no policy" : `trial ${Number(trial.id)}/${run.settings.trials}`;
  const best = rankCandidates(trials)[0];
  const against = best ? ` (best ${best.score.toFixed(3)}, trial ${Number(best.id)})` : "";
  run.progress.report(
    `${name}: match ${trial.score.toFixed(3)}${against}, ${share("lost")}, ${share("trivial")}, ` +
      `${share("destroyed")}, ${formatDuration(trial.seconds)}`,
  );
}
