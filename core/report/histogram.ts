import { axes, drawing, SMALL } from "./frame.ts";
import { linearScale } from "./scale.ts";
import { element, hint } from "./svg.ts";

/** Counts of values between edges. */
export interface Histogram {
  /** What a screen reader says. */
  readonly name: string;
  readonly x: string;
  /** One more than counts, ascending. */
  readonly edges: readonly number[];
  readonly counts: readonly number[];
}

/**
 * Counts values in bins of equal width from the lowest to the highest, which is in the last bin, as numpy.histogram.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(countInBins([0, 1, 1, 4], 2), { edges: [0, 2, 4], counts: [3, 1] });
 * ```
 */
export function countInBins(values: ArrayLike<number>, bins: number): Pick<Histogram, "edges" | "counts"> {
  let [low, high] = [Infinity, -Infinity];
  for (let at = 0; at < values.length; at++) {
    low = Math.min(low, values[at]!);
    high = Math.max(high, values[at]!);
  }
  if (low === high) [low, high] = [low - 0.5, high + 0.5];
  const edges = Array.from({ length: bins + 1 }, (_, edge) => low + (high - low) * edge / bins);
  const counts = new Array<number>(bins).fill(0);
  for (let at = 0; at < values.length; at++) {
    counts[Math.min(bins - 1, Math.floor((values[at]! - low) / (high - low) * bins))]! += 1;
  }
  return { edges, counts };
}

/** A histogram as SVG in a figure. */
export function histogram({ name, x: title, edges, counts }: Histogram): string {
  const frame = SMALL, bottom = frame.height - frame.bottom;
  const x = linearScale(edges, { range: [frame.left, frame.width - frame.right], ticks: 5 });
  const y = linearScale([0, ...counts], { range: [bottom, frame.top], ticks: 4, whole: true });
  const bars = counts.map((count, bin) =>
    element("rect", {
      class: "first",
      x: x.at(edges[bin]!),
      y: y.at(count),
      width: Math.max(1, x.at(edges[bin + 1]!) - x.at(edges[bin]!) - 1),
      height: bottom - y.at(count),
    }, [hint(`${edges[bin]!.toPrecision(3)} to ${edges[bin + 1]!.toPrecision(3)}: ${count}`)])
  );
  return element("figure", {}, [
    drawing(frame, name, [...axes(frame, { x, y }, { x: title, y: "count" }), ...bars]),
  ]);
}
