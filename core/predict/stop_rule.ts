/** What the answer for an image is taken to be when its views are cut short. */
export interface StopRule {
  /** Several labels: the classes above this probability. Null: the class of the highest one. */
  readonly threshold: number | null;
}

/** How far the views of an image have come. */
export interface ViewCount extends StopRule {
  readonly seen: number;
  readonly views: number;
}

/** A backend rounds float32 otherwise when fewer images run together; what is closer than this stays open. */
const MARGIN = 1e-5;

/**
 * Whether the views that are left cannot change the answer of the mean over all views. Probabilities lie in 0 to 1, so
 * the final mean of a class lies between that of zeros and that of ones in all views that are left: no class may have
 * the threshold in between, or, with one label, no class can come up with the leading one.
 *
 * @param sums for each class the sum of its probabilities in the views seen
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
 * The fewest views that can decide anything; so many may run together.
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
