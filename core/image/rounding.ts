/** Rounds to the nearest integer, halves to even, as the processor does; for |x| below 2^51. */
export function roundHalfEven(x: number): number {
  return x + 6755399441055744 - 6755399441055744;
}
