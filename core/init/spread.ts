/**
 * At most `count` entries of a list, evenly spread over it.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(spread([0, 1, 2, 3, 4, 5], 3), [0, 2, 4]);
 * ```
 */
export function spread<T>(all: readonly T[], count: number): T[] {
  if (all.length <= count) return [...all];
  return Array.from({ length: count }, (_, index) => all[Math.floor(index * all.length / count)]!);
}
