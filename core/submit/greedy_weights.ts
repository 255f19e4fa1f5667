import { dataProblem } from "../base/problem.ts";
import { Random } from "../base/random.ts";
import { averagePredictions } from "./average_predictions.ts";
import type { Predictions } from "../predictions/predictions.ts";
import type { EnsembleJudge, Joined, Mix } from "./ensemble_judge.ts";

const BAGS = 10;
const ROUNDS = 30;

/** Result of the greedy ensemble selection. */
export interface GreedyWeights {
  /** One weight per model; they sum to 1. */
  readonly weights: readonly number[];
  /** What was scored. */
  readonly title: string;
  /** Mean score on held-out images, for the greedy and for equal weights. */
  readonly heldOut: { readonly greedy: number; readonly uniform: number };
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

interface Search {
  readonly joined: Joined;
  readonly judge: EnsembleJudge;
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

function bestAddition({ joined, judge }: Search, mix: Mix, rows: Uint32Array): number {
  const scores = joined.members.map((_, extra) => judge.merit(joined, { mix, extra }, rows));
  return scores.indexOf(Math.max(...scores));
}

/**
 * One greedy search: repeatedly adds the best model by the search half; returns the mix with the best held-out score.
 */
function searchBag(parts: Search, { search, held }: Halves): number[] {
  const { joined, judge } = parts;
  let mix = mixOf(joined, joined.members.map(() => 0));
  let [chosen, best] = [mix, -Infinity];
  for (let round = 0; round < ROUNDS; round++) {
    mix = addMember(joined, mix, bestAddition(parts, mix, search));
    const score = judge.merit(joined, { mix, extra: null }, held);
    if (score > best || round === 0) [chosen, best] = [mix, score];
  }
  return chosen.counts.map((count) => count / chosen.total);
}

function meanWeights(bags: readonly (readonly number[])[]): number[] {
  return bags[0]!.map((_, index) => bags.reduce((sum, weights) => sum + weights[index]!, 0) / bags.length);
}

/** Mean merit of each bag's weights, and of equal weights, on the quarter of the images that the bag never used. */
function scoreHeldOut(
  { joined, judge }: Search,
  bags: readonly (readonly number[])[],
  seed: number,
): GreedyWeights["heldOut"] {
  const equal = mixOf(joined, joined.members.map(() => 1));
  let [greedy, uniform] = [0, 0];
  for (const [index, weights] of bags.entries()) {
    const { held } = splitRows(joined.labels.length / joined.classes, new Random(seed, "greedy", index));
    const judged = held.filter((_, place) => place % 2 === 1);
    greedy += judge.merit(joined, { mix: mixOf(joined, weights), extra: null }, judged) / bags.length;
    uniform += judge.merit(joined, { mix: equal, extra: null }, judged) / bags.length;
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
  { seed, judge }: { readonly seed: number; readonly judge: EnsembleJudge },
): GreedyWeights {
  const joined = joinMembers(members), parts = { joined, judge };
  const rows = joined.labels.length / joined.classes;
  const bags = Array.from({ length: BAGS }, (_, bag) => {
    const { search, held } = splitRows(rows, new Random(seed, "greedy", bag));
    return searchBag(parts, { search, held: held.filter((_, place) => place % 2 === 0) });
  });
  const { greedy, uniform } = scoreHeldOut(parts, bags, seed);
  const equal = members.map(() => 1 / members.length), sign = judge.better === "higher" ? 1 : -1;
  return {
    weights: greedy > uniform ? meanWeights(bags) : equal,
    title: judge.title,
    heldOut: { greedy: sign * greedy, uniform: sign * uniform },
  };
}
