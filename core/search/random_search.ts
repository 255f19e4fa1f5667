import { Problem } from "../base/problem.ts";
import { Random } from "../base/random.ts";
import { formatDuration } from "../base/duration.ts";
import type { Policy } from "./policy/policy.ts";
import { isFinished, runTrial, type TrialPlan } from "./run_trial.ts";
import { samplePolicy } from "./policy/sample_policy.ts";
import type { SearchRun } from "./search_run.ts";
import { isScored, rankTrials, type ScoredTrial, type Trial, trialId } from "./trial_store.ts";

/** The policy of a trial number; trial 0 is the baseline without a policy. */
export function trialPolicy(run: Pick<SearchRun, "spaces" | "seed">, number: number): Policy {
  return number === 0 ? [] : samplePolicy(run.spaces, new Random(run.seed, "search policy", number));
}

/** The training of a trial of random search; it depends on no other. */
export function randomTrial(run: SearchRun, number: number): TrialPlan {
  return { id: trialId(number), policy: trialPolicy(run, number), seed: run.seed, epochs: run.epochs };
}

/**
 * Random search as in upstream: a baseline training without a policy, then one training per random policy, all from the
 * same initial weights. The best policies are written after each trial.
 *
 * @returns all trials by id, the baseline first
 */
export async function randomSearch(run: SearchRun): Promise<Trial[]> {
  const finished = await planTrials(run);
  const done: Trial[] = [];
  for (let number = 0; number <= run.settings.trials; number++) {
    const trial = await runTrial(run, run.trials, randomTrial(run, number));
    done.push(trial);
    await saveBest(run, done);
    if (!finished.has(trial.id)) reportTrial(run, done);
    stopAfterFailures(done);
  }
  return done;
}

/** Adds the remaining trainings to the progress estimate; returns the ids of trials that an earlier run finished. */
async function planTrials(run: SearchRun): Promise<Set<string>> {
  const finished = new Set<string>();
  for (let number = 0; number <= run.settings.trials; number++) {
    const id = trialId(number);
    if (isFinished(await run.trials.read(id), run.epochs)) finished.add(id);
    else run.progress.plan(run.epochs);
  }
  if (finished.size > 0) run.output.line(`${finished.size} finished trials found in ${run.trials.folder}`);
  return finished;
}

/** The candidates, best first, without the baseline and without duplicate policies. */
export function rankCandidates(trials: readonly Trial[]): ScoredTrial[] {
  return rankTrials(trials.filter((trial) => trial.policy.length > 0));
}

/** Writes the best policies so far to best_policy.data. */
export async function saveBest(run: SearchRun, trials: readonly Trial[]): Promise<void> {
  const best = rankCandidates(trials).slice(0, run.settings.keep);
  if (best.length > 0) await run.savePolicies(best.map((trial) => trial.policy).reverse());
}

function reportTrial(run: SearchRun, trials: readonly Trial[]): void {
  const trial = trials.at(-1)!;
  const name = trial.policy.length === 0 ? "no policy" : `trial ${Number(trial.id)}/${run.settings.trials}`;
  const result = isScored(trial) ? `${run.scoreName} ${trial.score.toFixed(4)}` : `failed: ${trial.error}`;
  const best = rankCandidates(trials)[0];
  const against = best && trial.policy.length > 0
    ? ` (best ${best.score.toFixed(4)}, trial ${Number(best.id)})`
    : "";
  run.progress.report(`${name}: ${result}${against}, ${formatDuration(trial.seconds)}`);
}

/** Stops the search when the baseline or three trials in a row have failed, since then all others would fail too. */
function stopAfterFailures(trials: readonly Trial[]): void {
  const last = trials.slice(-3);
  const base = trials[0]!;
  if (base.status !== "failed" && (last.length < 3 || last.some((trial) => trial.status !== "failed"))) {
    return;
  }
  const failed = trials.at(-1)!;
  throw new Problem(
    "failed",
    `Cannot go on with the search: ${
      base.status === "failed" ? "the base" : "three trials in a row"
    } failed, ` +
      `at last trial ${failed.id}: ${failed.error}`,
    "Correct the cause, then rerun single trials with --trial, or all with --fresh",
  );
}
