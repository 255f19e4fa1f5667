import type { ImagePasses } from "../search_run.ts";
import type { Trial } from "../trial_store.ts";

/** Trainings of upstream's search: the baseline and 50 candidates. */
export const UPSTREAM_TRAININGS = 51;

/** Cost of a forward pass relative to a forward and backward pass. */
const FORWARD_SHARE = 1 / 3;

/** Cost of a search compared with upstream's. */
export interface SearchCost {
  readonly spent: ImagePasses;
  /** Image passes of 51 full trainings, each epoch over the train and the validation split. */
  readonly upstream: ImagePasses;
  /** Image passes relative to upstream's, forward-only and training passes weighted equally. */
  readonly share: number;
  /** The same with a forward-only pass weighted by a third. */
  readonly weightedShare: number;
}

/** Sums image passes. */
export function addPasses(passes: readonly ImagePasses[]): ImagePasses {
  return passes.reduce(
    (sum, each) => ({ train: sum.train + each.train, forward: sum.forward + each.forward }),
    { train: 0, forward: 0 },
  );
}

/**
 * Compares the image passes of trials with 51 full trainings of the same config.
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

/** Formats the cost of a search for display. */
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

/** Total wall time of trials in seconds. */
export function totalSeconds(trials: readonly Trial[]): number {
  return trials.reduce((sum, trial) => sum + trial.seconds, 0);
}
