/**
 * The best moving average of a training's epoch scores (window truncated at the start), as in upstream's search. More
 * robust than the best single epoch.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(bestMovingAverage([0.25, 0.75, 0.5], 2), 0.625);
 * assertEquals(bestMovingAverage([0.25], 10), 0.25);
 * ```
 *
 * @param scores one per epoch, higher is better; at least one
 */
export function bestMovingAverage(scores: readonly number[], window: number): number {
  if (scores.length === 0) throw new RangeError("Cannot average the scores of no epoch");
  const means = scores.map((_, end) => mean(scores.slice(Math.max(0, end + 1 - window), end + 1)));
  return Math.max(...means);
}

/** Arithmetic mean of at least one number. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * Sample standard deviation (n - 1); 0 for a single number.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(deviation([1, 3]), Math.SQRT2);
 * assertEquals(deviation([5]), 0);
 * ```
 */
export function deviation(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const centre = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}
