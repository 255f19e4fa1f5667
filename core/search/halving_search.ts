import { formatDuration } from "../base/duration.ts";
import { rankCandidates, saveBest, trialPolicy } from "./random_search.ts";
import { runTrial } from "./run_trial.ts";
import { bestMovingAverage } from "./statistics.ts";
import type { SearchRun } from "./search_run.ts";
import { isScored, type Trial, trialId } from "./trial_store.ts";

/** One in this many candidates is promoted to the next round. */
const REDUCTION = 3;

/** One round (rung): number of candidates and the epoch they are trained up to. */
export interface Rung {
  readonly candidates: number;
  readonly epochs: number;
}

/**
 * The rungs of successive halving: all candidates for a few epochs, the best third for three times as many, and so on
 * up to full trainings of the last few.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const rungs = halvingRungs({ trials: 50, epochs: 60 });
 * assertEquals(rungs.map((rung) => rung.candidates), [50, 17, 6, 2]);
 * assertEquals(rungs.map((rung) => rung.epochs), [3, 7, 20, 60]);
 * ```
 */
export function halvingRungs(
  { trials, epochs }: { readonly trials: number; readonly epochs: number },
): Rung[] {
  // The epsilon guards against rounding such as 2.9999999999999996.
  const rounds = Math.floor(Math.log(Math.min(trials, epochs)) / Math.log(REDUCTION) + 1e-9);
  return Array.from({ length: rounds + 1 }, (_, round) => ({
    candidates: Math.ceil(trials / REDUCTION ** round),
    epochs: Math.ceil(epochs / REDUCTION ** (rounds - round)),
  }));
}

/**
 * Successive halving: random policies as in upstream's search, most of them stopped early. The baseline without a
 * policy is trained in full. A rung finishes before its best candidates are promoted. The asynchronous promotion of
 * ASHA (Li et al., "A system for massively parallel hyperparameter tuning", 2020) only helps parallel workers; here
 * candidates are trained one after the other.
 *
 * Source: Jamieson and Talwalkar, "Non-stochastic best arm identification and hyperparameter optimization", 2016.
 *
 * @returns the baseline and all candidates by id
 */
export async function halvingSearch(run: SearchRun): Promise<Trial[]> {
  const rungs = halvingRungs({ ...run.settings, epochs: run.epochs });
  await planRungs(run, rungs);
  const trials = new Map<string, Trial>();
  const train = async (number: number, epochs: number) => {
    const plan = { id: trialId(number), policy: trialPolicy(run, number), seed: run.seed, epochs };
    trials.set(plan.id, await runTrial(run, run.trials, { ...plan, keepCheckpoints: number > 0 }));
  };
  await train(0, run.epochs);
  let alive = Array.from({ length: run.settings.trials }, (_, index) => index + 1);
  for (const [round, rung] of rungs.entries()) {
    alive = survivors(run, { trials, alive, rung, last: rungs[round - 1] });
    for (const number of alive) await train(number, rung.epochs);
    await saveBest(run, [...trials.values()]);
    reportRung(run, [...trials.values()], rung);
  }
  for (const id of trials.keys()) await run.trials.clean(id);
  return [...trials.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

async function planRungs(run: SearchRun, rungs: readonly Rung[]): Promise<void> {
  const trained = (await run.trials.readAll()).reduce((sum, trial) => sum + trial.epochs.length, 0);
  const all = rungs.reduce((sum, rung, round) => {
    return sum + rung.candidates * (rung.epochs - (rungs[round - 1]?.epochs ?? 0));
  }, run.epochs);
  run.progress.plan(Math.max(0, all - trained));
}

/**
 * The best candidates of the previous rung, by their scores at its end even if they have been trained further since.
 */
function survivors(
  run: SearchRun,
  state: { trials: ReadonlyMap<string, Trial>; alive: readonly number[]; rung: Rung; last: Rung | undefined },
): number[] {
  const { trials, alive, rung, last } = state;
  if (!last) return [...alive];
  const scored = alive.flatMap((number) => {
    const trial = trials.get(trialId(number))!;
    if (!isScored(trial)) return [];
    return [{ number, score: bestMovingAverage(trial.epochs.slice(0, last.epochs), run.settings.average) }];
  });
  const best = scored.sort((a, b) => b.score - a.score || a.number - b.number).slice(0, rung.candidates);
  return best.map(({ number }) => number).sort((a, b) => a - b);
}

function reportRung(run: SearchRun, trials: readonly Trial[], rung: Rung): void {
  const best = rankCandidates(trials)[0];
  const seconds = trials.reduce((sum, trial) => sum + trial.seconds, 0);
  const found = best
    ? `best ${run.scoreName} ${best.score.toFixed(4)}, trial ${Number(best.id)}`
    : "all failed";
  run.progress.report(
    `${rung.candidates} candidates at epoch ${rung.epochs}: ${found}, ${formatDuration(seconds)} of training`,
  );
}
