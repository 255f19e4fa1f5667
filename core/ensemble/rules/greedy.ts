import type { Mixture, Scoring } from "../scoring/scoring.ts";
import type { Training } from "../training.ts";

const BAGS = 4, ROUNDS = 20;
/** Rounds without a better held-out merit after which a search ends. */
const PATIENCE = 5;

/**
 * One greedy search: adds again and again the model that the one half likes best; the counts that the other half liked
 * best.
 */
function searchBag(search: Mixture, held: Mixture, models: number): number[] {
  const counts = new Array<number>(models).fill(0);
  let best = -Infinity, chosen: number[] = counts, since = 0;
  for (let round = 0; round < ROUNDS && since < PATIENCE; round++) {
    const merits = counts.map((_, model) => search.meritWith(model));
    const model = merits.indexOf(Math.max(...merits));
    search.add(model);
    held.add(model);
    counts[model]! += 1;
    const merit = held.merit();
    since += 1;
    if (merit > best || round === 0) [best, chosen, since] = [merit, [...counts], 0];
  }
  const total = chosen.reduce((sum, count) => sum + count, 0);
  return chosen.map((count) => count / total);
}

/**
 * Greedy ensemble selection with replacement, averaged over random halves of the groups: weights that sum to 1.
 *
 * Source: Caruana and others, "Ensemble selection from libraries of models", 2004.
 *
 * @param options.label the class whose weights are wanted; all of them together when left out
 */
export function greedySelection(
  training: Training,
  scoring: Pick<Scoring, "mixture">,
  options: { readonly label?: number } = {},
): number[] {
  const models = training.members.matrices.length, sum = new Array<number>(models).fill(0);
  for (let bag = 0; bag < BAGS; bag++) {
    const sides = training.sides(bag);
    const half = (side: 0 | 1) => scoring.mixture(training, { sides, side }, options.label);
    const weights = searchBag(half(0), half(1), models);
    for (let model = 0; model < models; model++) sum[model]! += weights[model]! / BAGS;
  }
  return sum;
}
