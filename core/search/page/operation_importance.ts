import { operationRates } from "../policy/policy.ts";
import { mean } from "../statistics.ts";
import type { ScoredTrial } from "../trial_store.ts";

/** Estimated effect of an operation on the score. */
export interface OperationImportance {
  readonly name: string;
  /** Change of the score when the operation is applied to 10 % more of the images (slope of a linear fit). */
  readonly effect: number;
  /** Standard error of the effect; an effect within two standard errors is not significant. */
  readonly error: number;
  /** Number of policies that apply the operation. */
  readonly policies: number;
}

/** Effects are reported per 10 % of the images. */
const UNIT = 0.1;
/** Minimum number of policies for a linear fit. */
const FEWEST_POLICIES = 6;

/** Least-squares slope and its standard error; null when all x are equal. */
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
 * Effect of each operation on the score, best first. An operation with probability 0 counts as absent; operations with
 * the same rate in all policies are left out. Empty for fewer than six policies.
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
