/**
 * How often a suite of this folder tries: a few times among the tests, often with `deno task soak`.
 *
 * @param few tries that take a few seconds
 * @param many tries of `deno task soak`
 */
export function rounds(few: number, many: number): number {
  return Deno.env.get("PODIUM_SOAK") === "1" ? many : few;
}
