import { dataProblem } from "../base/problem.ts";
import { Random } from "../base/random.ts";
import { averagePredictions } from "./average_predictions.ts";
import type { Predictions } from "../predict/predictions.ts";

const BAGS = 10;
const ROUNDS = 30;
const BINS = 512;

/** Result of the greedy ensemble selection. */
export interface GreedyWeights {
  /** One weight per model; they sum to 1. */
  readonly weights: readonly number[];
  /** Mean macro F1 on held-out images, for the greedy and for equal weights. */
  readonly heldOut: { readonly greedy: number; readonly uniform: number };
}

/** Labels and the models' probabilities, joined in the row order of the first model. */
interface Joined {
  readonly classes: number;
  readonly labels: ArrayLike<number>;
  readonly members: readonly Float64Array[];
}

function joinMembers(members: readonly Predictions[]): Joined {
  const { labels, classes, path } = averagePredictions(members, members.map(() => 1));
  if (labels === null) {
    throw dataProblem(`Cannot search weights: "${path}" has no labels (columns L00, L01 ..)`);
  }
  // With weight 0 for all others, the average is one member in the row order of the first.
  const alone = members.map((_, one) =>
    averagePredictions(members, members.map((_, index) => Number(index === one))).probabilities
  );
  return { classes, labels, members: alone };
}

/** An ensemble as a sum of models (with replacement); its prediction is `sum / total`. */
interface Mix {
  readonly counts: readonly number[];
  readonly sum: Float64Array;
  readonly total: number;
}

function mixOf({ members, labels }: Joined, counts: readonly number[]): Mix {
  const sum = new Float64Array(labels.length);
  for (const [index, count] of counts.entries()) {
    const member = members[index]!;
    if (count > 0) { for (let i = 0; i < sum.length; i++) sum[i]! += count * member[i]!; }
  }
  return { counts, sum, total: counts.reduce((total, count) => total + count, 0) };
}

function addMember(joined: Joined, { counts, sum, total }: Mix, index: number): Mix {
  const member = joined.members[index]!;
  return {
    counts: counts.map((count, other) => count + Number(other === index)),
    sum: sum.map((value, i) => value + member[i]!),
    total: total + 1,
  };
}

function bestOfBins(all: Uint32Array, labelled: Uint32Array, positives: number): number {
  let [best, hits, taken] = [0, 0, 0];
  for (let bin = BINS - 1; bin >= 0; bin--) {
    hits += labelled[bin]!;
    taken += all[bin]!;
    best = Math.max(best, 2 * hits / Math.max(1, taken + positives));
  }
  return best;
}

/**
 * Macro F1 over the occurring classes with the best threshold per class, on a grid of 512 bins in the square root of
 * the probability, which resolves the small thresholds of rare classes.
 *
 * @param extra index of a model to add to the mix, or null
 */
function bestMacroF1(
  joined: Joined,
  { mix, extra }: { mix: Mix; extra: number | null },
  rows: Uint32Array,
): number {
  const added = extra === null ? null : joined.members[extra]!;
  const total = mix.total + Number(added !== null);
  let [sum, occurring] = [0, 0];
  for (let c = 0; c < joined.classes; c++) {
    const [all, labelled] = [new Uint32Array(BINS), new Uint32Array(BINS)];
    let positives = 0;
    for (const row of rows) {
      const at = row * joined.classes + c;
      const value = (mix.sum[at]! + (added === null ? 0 : added[at]!)) / total;
      const bin = Math.min(BINS - 1, Math.floor(BINS * Math.sqrt(value)));
      all[bin]! += 1;
      labelled[bin]! += joined.labels[at]!;
      positives += joined.labels[at]!;
    }
    if (positives === 0) continue;
    sum += bestOfBins(all, labelled, positives);
    occurring += 1;
  }
  return sum / Math.max(1, occurring);
}

interface Halves {
  readonly search: Uint32Array;
  readonly held: Uint32Array;
}

function splitRows(rows: number, random: Random): Halves {
  const order = random.shuffle([...Array(rows).keys()]);
  const middle = rows >> 1;
  return { search: Uint32Array.from(order.slice(0, middle)), held: Uint32Array.from(order.slice(middle)) };
}

function bestAddition(joined: Joined, mix: Mix, rows: Uint32Array): number {
  const scores = joined.members.map((_, extra) => bestMacroF1(joined, { mix, extra }, rows));
  return scores.indexOf(Math.max(...scores));
}

/**
 * One greedy search: repeatedly adds the best model by the search half; returns the mix with the best held-out score.
 */
function searchBag(joined: Joined, { search, held }: Halves): number[] {
  let mix = mixOf(joined, joined.members.map(() => 0));
  let [chosen, best] = [mix, -1];
  for (let round = 0; round < ROUNDS; round++) {
    mix = addMember(joined, mix, bestAddition(joined, mix, search));
    const score = bestMacroF1(joined, { mix, extra: null }, held);
    if (score > best) [chosen, best] = [mix, score];
  }
  return chosen.counts.map((count) => count / chosen.total);
}

function meanWeights(bags: readonly (readonly number[])[]): number[] {
  return bags[0]!.map((_, index) => bags.reduce((sum, weights) => sum + weights[index]!, 0) / bags.length);
}

/** Mean macro F1 of each bag's weights, and of equal weights, on the quarter of the images that the bag never used. */
function scoreHeldOut(
  joined: Joined,
  bags: readonly (readonly number[])[],
  seed: number,
): GreedyWeights["heldOut"] {
  const equal = mixOf(joined, joined.members.map(() => 1));
  let [greedy, uniform] = [0, 0];
  for (const [index, weights] of bags.entries()) {
    const { held } = splitRows(joined.labels.length / joined.classes, new Random(seed, "greedy", index));
    const judged = held.filter((_, place) => place % 2 === 1);
    greedy += bestMacroF1(joined, { mix: mixOf(joined, weights), extra: null }, judged) / bags.length;
    uniform += bestMacroF1(joined, { mix: equal, extra: null }, judged) / bags.length;
  }
  return { greedy, uniform };
}

/**
 * Greedy ensemble selection with replacement, averaged over ten random halves of the images (bagging); falls back to
 * equal weights if the greedy ones are not better on held-out images.
 *
 * Source: Caruana and others, "Ensemble selection from libraries of models", 2004.
 */
export function greedyWeights(
  members: readonly Predictions[],
  { seed }: { readonly seed: number },
): GreedyWeights {
  const joined = joinMembers(members);
  const rows = joined.labels.length / joined.classes;
  const bags = Array.from({ length: BAGS }, (_, bag) => {
    const { search, held } = splitRows(rows, new Random(seed, "greedy", bag));
    return searchBag(joined, { search, held: held.filter((_, place) => place % 2 === 0) });
  });
  const heldOut = scoreHeldOut(joined, bags, seed);
  const equal = members.map(() => 1 / members.length);
  return { weights: heldOut.greedy > heldOut.uniform ? meanWeights(bags) : equal, heldOut };
}
