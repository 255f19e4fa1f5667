import { roundHalfEven } from "../image/rounding.ts";
import { pairwiseSum } from "./pairwise_sum.ts";

/** Indices in the order of their values, those of equal ones as they come. */
export function stableOrder(values: ArrayLike<number>): number[] {
  return Array.from({ length: values.length }, (_, index) => index).sort((a, b) => values[a]! - values[b]!);
}

/**
 * Rounds counts to whole numbers, half to even, that have the same sum: those that rounding changed most go the other way.
 *
 * Source: `round_preserving_sum` in cleanlab/internal/util.py.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals([...roundPreservingSum(Float64Array.of(1.5, 0.75, 0.75))], [1, 1, 1]);
 * ```
 */
export function roundPreservingSum(values: Float64Array): Float64Array {
  const whole = values.map(roundHalfEven), wanted = roundHalfEven(pairwiseSum(values));
  for (let missing = wanted - pairwiseSum(whole); missing !== 0; missing = wanted - pairwiseSum(whole)) {
    const order = stableOrder(values.map((value, index) => value - whole[index]!));
    if (missing > 0) order.reverse();
    for (const index of order.slice(0, Math.abs(missing))) whole[index]! += Math.sign(missing);
  }
  return whole;
}
