/** Rule for stopping test-time augmentation early: how probabilities become the final labels. */
export interface StopRule {
  /** Multi-label: decision threshold. Null for single-label (argmax). */
  readonly threshold: number | null;
}

/** Number of views predicted so far and in total. */
export interface ViewCount extends StopRule {
  readonly seen: number;
  readonly views: number;
}

/** Tolerance for float32 rounding, which differs with the batch size; closer cases are not decided early. */
const MARGIN = 1e-5;

/**
 * Whether the remaining views cannot change the labels given by the mean over all views. Probabilities are in [0, 1],
 * so the final mean of a class is bounded by assuming 0 or 1 for all remaining views. Multi-label: no class's bounds
 * contain the threshold. Single-label: no class can reach the leading one.
 *
 * @param sums sum of each class's probabilities over the views so far
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(isDecided([2.9, 0.1], { seen: 3, views: 4, threshold: 0.5 }), true);
 * assertEquals(isDecided([2.9, 1.1], { seen: 3, views: 4, threshold: 0.5 }), false);
 * assertEquals(isDecided([2.1, 0.9], { seen: 3, views: 4, threshold: null }), true);
 * ```
 */
export function isDecided(sums: ArrayLike<number>, { seen, views, threshold }: ViewCount): boolean {
  const left = views - seen;
  if (threshold !== null) {
    const above = views * (threshold + MARGIN), below = views * (threshold - MARGIN) - left;
    return Array.from(sums).every((sum) => sum > above || sum < below);
  }
  const [first = 0, second = -Infinity] = Array.from(sums).sort((a, b) => b - a);
  return first - second > left + views * MARGIN;
}

/**
 * The minimum number of views after which an image can be decided; these can run in one batch.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(firstDecision(8, { threshold: null }), 5);
 * assertEquals(firstDecision(8, { threshold: 0.2 }), 2);
 * ```
 */
export function firstDecision(views: number, { threshold }: StopRule): number {
  for (let seen = 1; seen < views; seen++) {
    const count = { seen, views, threshold };
    const extremes = threshold === null ? [[seen, 0]] : [[seen], [0]];
    if (extremes.some((sums) => isDecided(sums, count))) return seen;
  }
  return views;
}
