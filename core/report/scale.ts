/** A linear scale from values to pixels, with round numbers as ticks. */
export interface Scale {
  /** The pixel coordinate of a value. */
  at(value: number): number;
  /** Round values inside the range, ascending. */
  readonly ticks: readonly number[];
  /** A tick as text, with as many digits as tell all ticks apart. */
  format(tick: number): string;
}

/**
 * The round step (1, 2 or 5 times a power of ten) that gives about `count` ticks over a span.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(roundStep(10, 5), 2);
 * assertEquals(roundStep(0.3, 5), 0.05);
 * ```
 */
export function roundStep(span: number, count: number): number {
  const rough = span / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5, 10].find((candidate) => candidate * power >= rough * 0.8) ?? 10;
  return Number((factor * power).toPrecision(12));
}

/**
 * A scale over values; a single value gets room on both sides.
 *
 * @param values at least one
 * @param range pixels of the lowest and of the highest value; the first may be the larger one
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const scale = linearScale([0, 10], { range: [100, 0], ticks: 5 });
 * assertEquals(scale.ticks, [0, 2, 4, 6, 8, 10]);
 * assertEquals(scale.at(5), 50);
 * ```
 */
export function linearScale(
  values: readonly number[],
  options: {
    readonly range: readonly [number, number];
    readonly ticks: number;
    /** Room on both sides as a share of the span. */
    readonly padding?: number;
    /** Ticks at whole numbers only. */
    readonly whole?: boolean;
  },
): Scale {
  const lowest = Math.min(...values), highest = Math.max(...values);
  const room = lowest === highest ? Math.abs(lowest) * 0.1 || 1 : (highest - lowest) * (options.padding ?? 0);
  const low = lowest - room, high = highest + room;
  const step = Math.max(roundStep(high - low, options.ticks), options.whole ? 1 : 0);
  const ticks: number[] = [];
  for (let n = Math.ceil(low / step - 1e-9); n * step <= high + step * 1e-9; n++) {
    ticks.push(Number((n * step).toPrecision(12)));
  }
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const [start, end] = options.range;
  return {
    at: (value) => start + (value - low) / (high - low) * (end - start),
    ticks,
    format: (tick) => tick.toFixed(Math.min(digits, 10)),
  };
}
