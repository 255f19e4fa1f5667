import type { ImagePasses } from "../search_run.ts";
import type { Trial } from "../trial_store.ts";

/** Trainings of upstream's search: the base and 50 candidates. */
export const UPSTREAM_TRAININGS = 51;

/** What a forward pass costs beside a pass forward and backward. */
const FORWARD_SHARE = 1 / 3;

/** What a search costs beside upstream's. */
export interface SearchCost {
  readonly spent: ImagePasses;
  /** 51 full trainings, each epoch over the train and the validation split. */
  readonly upstream: ImagePasses;
  /** Share of upstream's image passes, each image through the network counted once. */
  readonly share: number;
  /** The same with a forward pass counted as a third of one forward and backward. */
  readonly weightedShare: number;
}

/** The sum of passes. */
export function addPasses(passes: readonly ImagePasses[]): ImagePasses {
  return passes.reduce(
    (sum, each) => ({ train: sum.train + each.train, forward: sum.forward + each.forward }),
    { train: 0, forward: 0 },
  );
}

/**
 * Counts what trials sent through a network against 51 full trainings of the same config.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const cost = searchCost([{ train: 600, forward: 300 }], { train: 10, val: 5, epochs: 60 });
 * assertEquals(cost.upstream, { train: 30600, forward: 15300 });
 * assertEquals(Number((cost.share * 51).toFixed(6)), 1);
 * ```
 */
export function searchCost(
  passes: readonly ImagePasses[],
  full: { readonly train: number; readonly val: number; readonly epochs: number },
): SearchCost {
  const spent = addPasses(passes);
  const epochs = UPSTREAM_TRAININGS * full.epochs;
  const upstream = { train: epochs * full.train, forward: epochs * full.val };
  const total = (each: ImagePasses, share: number) => each.train + each.forward * share;
  return {
    spent,
    upstream,
    share: total(spent, 1) / total(upstream, 1),
    weightedShare: total(spent, FORWARD_SHARE) / total(upstream, FORWARD_SHARE),
  };
}

/** The cost of a search as lines for people. */
export function describeCost(cost: SearchCost): string[] {
  const count = (value: number) => Math.round(value).toLocaleString("en-US");
  const spent = cost.spent.train + cost.spent.forward;
  const upstream = cost.upstream.train + cost.upstream.forward;
  return [
    `Image passes: ${count(spent)} (${count(cost.spent.train)} in training, ${
      count(cost.spent.forward)
    } forward ` +
    `only); ${UPSTREAM_TRAININGS} full trainings would take ${count(upstream)}`,
    `That is ${cost.share.toFixed(3)} of them, or ${
      cost.weightedShare.toFixed(3)
    } with a forward pass as a third`,
  ];
}

/** Wall time of trials in seconds. */
export function totalSeconds(trials: readonly Trial[]): number {
  return trials.reduce((sum, trial) => sum + trial.seconds, 0);
}
