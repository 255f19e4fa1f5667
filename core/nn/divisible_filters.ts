/**
 * A scaled number of filters as a multiple of 8, the nearest that is at least 90 % of it.
 *
 * Source: timm/layers/helpers.py, `make_divisible`; torchvision's `_make_divisible`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals([20, 11, 3].map(divisibleFilters), [24, 16, 8]); // 8 would be less than 90 % of 11
 * ```
 */
export function divisibleFilters(filters: number): number {
  const rounded = Math.max(8, Math.floor((filters + 4) / 8) * 8);
  return rounded < 0.9 * filters ? rounded + 8 : rounded;
}
