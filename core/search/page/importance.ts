import { operationRates } from "../policy/policy.ts";
import { mean } from "../score.ts";
import type { ScoredTrial } from "../trial_store.ts";

/** How the score goes with an operation. */
export interface OperationImportance {
  readonly name: string;
  /** Change of the score when the operation runs on a tenth more of the images: the slope of a straight line. */
  readonly effect: number;
  /** Standard error of the effect; an effect within two of them is no evidence. */
  readonly error: number;
  /** Policies in which it runs at all. */
  readonly policies: number;
}

/** A tenth of the images. */
const UNIT = 0.1;
/** Fewer policies than this tell nothing: a line through them fits by chance. */
const FEWEST_POLICIES = 6;

/** The least-squares slope and its standard error; null where all x are equal. */
function fitSlope(x: readonly number[], y: readonly number[]): { slope: number; error: number } | null {
  const centreX = mean(x), centreY = mean(y);
  let squares = 0, products = 0;
  for (const [i, value] of x.entries()) {
    squares += (value - centreX) ** 2;
    products += (value - centreX) * (y[i]! - centreY);
  }
  if (squares < 1e-12) return null;
  const slope = products / squares;
  const rest = x.reduce((sum, value, i) => sum + (y[i]! - centreY - slope * (value - centreX)) ** 2, 0);
  return { slope, error: Math.sqrt(rest / (x.length - 2) / squares) };
}

/**
 * How the score goes with each operation, best first. An operation with probability 0 never runs and counts as absent;
 * what is as often in all policies is left out. Fewer than six policies tell nothing.
 */
export function operationImportance(trials: readonly ScoredTrial[]): OperationImportance[] {
  if (trials.length < FEWEST_POLICIES) return [];
  const names = [...new Set(trials.flatMap((trial) => trial.policy.flat().map(([name]) => name)))].sort();
  const scores = trials.map((trial) => trial.score);
  const found = names.flatMap((name) => {
    const rates = trials.map((trial) => operationRates(trial.policy).get(name) ?? 0);
    const fit = fitSlope(rates, scores);
    const policies = rates.filter((rate) => rate > 0).length;
    return fit ? [{ name, effect: fit.slope * UNIT, error: fit.error * UNIT, policies }] : [];
  });
  return found.sort((a, b) => b.effect - a.effect);
}
