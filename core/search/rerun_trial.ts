import { configProblem, Problem } from "../base/problem.ts";
import { densitySearch, type PolicyScorer } from "./density/density_search.ts";
import { saveBest, trialPolicy } from "./random_search.ts";
import { runTrial } from "./run_trial.ts";
import type { SearchRun } from "./search_run.ts";
import { type Trial, trialId } from "./trial_store.ts";

async function trainAgain(run: SearchRun, number: number, before: Trial | null): Promise<Trial> {
  run.progress.plan(run.epochs);
  const policy = before?.policy ?? trialPolicy(run, number);
  const plan = { id: trialId(number), policy, seed: run.seed, epochs: run.epochs };
  return await runTrial(run, run.trials, plan);
}

/** Density matching proposes a candidate from all earlier trials, so those must exist. */
async function scoreAgain(
  run: SearchRun,
  number: number,
  openScorer: () => Promise<PolicyScorer>,
): Promise<Trial> {
  for (let earlier = 0; earlier < number; earlier++) {
    if (await run.trials.read(trialId(earlier)) !== null) continue;
    throw configProblem(
      `Cannot run trial ${number}: trial ${earlier} is missing`,
      "Run the search up to it first",
    );
  }
  const settings = { ...run.settings, trials: Math.max(1, number) };
  return (await densitySearch({ ...run, settings }, openScorer))[number]!;
}

/**
 * Reruns one trial from scratch, discarding its stored result, and prints the old and the new score. The best policies
 * are selected again among all trials.
 *
 * @returns all stored trials
 */
export async function rerunTrial(
  run: SearchRun,
  number: number,
  openScorer: () => Promise<PolicyScorer>,
): Promise<Trial[]> {
  const id = trialId(number);
  const before = await run.trials.read(id);
  await run.trials.remove(id);
  const trial = run.settings.method === "density_matching"
    ? await scoreAgain(run, number, openScorer)
    : await trainAgain(run, number, before);
  if (trial.score === null) throw new Problem("failed", `Cannot score trial ${number}: ${trial.error}`);
  const score = before?.score ?? null;
  const earlier = score === null ? "" : `, ${score.toFixed(4)} before`;
  run.output.line(`trial ${number} again: ${trial.score.toFixed(4)}${earlier}`);
  const trials = await run.trials.readAll();
  await saveBest(run, trials);
  return trials;
}
