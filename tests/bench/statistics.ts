/** The middle value of some numbers; the mean of the middle two when their count is even. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Median and minimum over the rounds of an interleaved benchmark. */
export interface Timing {
  readonly median: number;
  readonly minimum: number;
}

/** Median and minimum of some milliseconds. */
export function timing(values: readonly number[]): Timing {
  return { median: median(values), minimum: Math.min(...values) };
}
