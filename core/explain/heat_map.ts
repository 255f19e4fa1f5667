/** Where in an image a class is seen: 0 where it is seen least, 1 where most. */
export interface HeatMap {
  readonly rows: number;
  readonly cols: number;
  /** `[rows, cols]`. */
  readonly values: Float32Array;
}

/** Two neighbours of a position, and the share of the second. */
interface Neighbours {
  readonly low: number;
  readonly high: number;
  readonly share: number;
}

/** The neighbours among `from` values of each of `to` positions; centres of pixels lie at halves, edges are repeated. */
function neighbours(from: number, to: number): Neighbours[] {
  return Array.from({ length: to }, (_, index) => {
    const at = Math.min(from - 1, Math.max(0, (index + 0.5) * from / to - 0.5));
    const low = Math.floor(at);
    return { low, high: Math.min(from - 1, low + 1), share: at - low };
  });
}

/**
 * Resizes a map bilinearly, as OpenCV does with `INTER_LINEAR`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const map = { rows: 1, cols: 2, values: Float32Array.of(0, 1) };
 * assertEquals([...resizeMap(map, { rows: 1, cols: 4 }).values], [0, 0.25, 0.75, 1]);
 * ```
 */
export function resizeMap(map: HeatMap, { rows, cols }: Pick<HeatMap, "rows" | "cols">): HeatMap {
  const across = neighbours(map.cols, cols);
  const values = new Float32Array(rows * cols);
  for (const [row, { low, high, share }] of neighbours(map.rows, rows).entries()) {
    const [upper, lower] = [low, high].map((y) => map.values.subarray(y * map.cols, (y + 1) * map.cols));
    const between = upper!.map((value, x) => value + (lower![x]! - value) * share);
    for (const [col, x] of across.entries()) {
      values[row * cols + col] = between[x.low]! + (between[x.high]! - between[x.low]!) * x.share;
    }
  }
  return { rows, cols, values };
}

/**
 * Brings a map to 0..1: less its smallest value, divided by what is then its largest, as pytorch-grad-cam does. A map
 * that is the same everywhere shows nothing: all zeros.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const map = { rows: 1, cols: 3, values: Float32Array.of(1, 2, 5) };
 * assertEquals([...normalizeMap(map).values], [0, 0.25, 1]);
 * ```
 */
export function normalizeMap(map: HeatMap): HeatMap {
  const [low, high] = map.values.reduce<[number, number]>(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Infinity, -Infinity],
  );
  return { ...map, values: map.values.map((value) => high > low ? (value - low) / (high - low) : 0) };
}
