/**
 * The share of the learning rate that applies while it warms up: the first update has `1 / steps` of it, the last of
 * the warm-up all of it.
 *
 * @param step updates done so far
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals([0, 1, 2, 3, 4].map((step) => warmUpShare(step, 4)), [0.25, 0.5, 0.75, 1, 1]);
 * assertEquals(warmUpShare(0, 0), 1);
 * ```
 */
export function warmUpShare(step: number, steps: number): number {
  return steps === 0 ? 1 : Math.min(1, (step + 1) / steps);
}
