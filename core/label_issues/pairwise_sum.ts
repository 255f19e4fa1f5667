/** Numbers added one after the other before halves are added in pairs. */
const BLOCK = 128;

/** The sum of a block, in eight running sums. */
function sumBlock(values: Float64Array): number {
  const { length } = values, even = length - length % 8;
  if (length < 8) return values.reduce((sum, value) => sum + value, 0);
  const sums = values.slice(0, 8);
  for (let i = 8; i < even; i++) sums[i % 8]! += values[i]!;
  const [a, b, c, d, e, f, g, h] = sums as unknown as number[];
  let sum = ((a! + b!) + (c! + d!)) + ((e! + f!) + (g! + h!));
  for (let i = even; i < length; i++) sum += values[i]!;
  return sum;
}

/**
 * The sum in numpy's order of additions, and so its last bit: counts that are rounded afterwards may hang on it.
 *
 * Source: `pairwise_sum` in numpy/_core/src/umath/loops_utils.h.src.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(pairwiseSum(Float64Array.of(0.5, 0.25, 0.25)), 1);
 * ```
 */
export function pairwiseSum(values: Float64Array): number {
  if (values.length <= BLOCK) return sumBlock(values);
  const half = values.length >> 1, middle = half - half % 8;
  return pairwiseSum(values.subarray(0, middle)) + pairwiseSum(values.subarray(middle));
}
