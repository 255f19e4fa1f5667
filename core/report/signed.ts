/**
 * A difference of scores with its sign and four decimals.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals([0.25, -0.25, 0].map(signed), ["+0.2500", "-0.2500", "+0.0000"]);
 * ```
 */
export function signed(value: number): string {
  return `${value < 0 ? "-" : "+"}${Math.abs(value).toFixed(4)}`;
}
