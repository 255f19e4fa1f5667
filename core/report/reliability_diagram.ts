import { axes, drawing, type Frame } from "./frame.ts";
import { linearScale } from "./scale.ts";
import { element, hint } from "./svg.ts";

/** A bin of probabilities. */
export interface ReliabilityBin {
  readonly low: number;
  readonly high: number;
  readonly count: number;
  /** Mean probability. */
  readonly confidence: number;
  /** Share that came true. */
  readonly accuracy: number;
}

const FRAME: Frame = { width: 360, height: 320, left: 50, right: 12, top: 12, bottom: 40 };

function binHint({ low, high, count, confidence, accuracy }: ReliabilityBin): string {
  return `${low.toFixed(2)} to ${high.toFixed(2)}: ${count} probabilities\nmean ${confidence.toFixed(3)}, ` +
    `came true ${accuracy.toFixed(3)}`;
}

/**
 * A reliability diagram: for each bin the share that came true, as a bar, and a line from it to the mean probability; well
 * calibrated ones end on the diagonal. As SVG in a figure.
 */
export function reliabilityDiagram(
  name: string,
  bins: readonly ReliabilityBin[],
  axisNames: { readonly x: string; readonly y: string },
): string {
  const bottom = FRAME.height - FRAME.bottom;
  const x = linearScale([0, 1], { range: [FRAME.left, FRAME.width - FRAME.right], ticks: 5 });
  const y = linearScale([0, 1], { range: [bottom, FRAME.top], ticks: 5 });
  const filled = bins.filter(({ count }) => count > 0);
  const bars = filled.map((bin) =>
    element("g", {}, [
      hint(binHint(bin)),
      element("rect", {
        class: "first",
        "fill-opacity": 0.45,
        x: x.at(bin.low) + 0.5,
        y: y.at(bin.accuracy),
        width: x.at(bin.high) - x.at(bin.low) - 1,
        height: bottom - y.at(bin.accuracy),
      }),
      element("circle", { class: "second", cx: x.at(bin.confidence), cy: y.at(bin.accuracy), r: 4 }),
    ])
  );
  const diagonal = element("line", { class: "level", x1: x.at(0), y1: y.at(0), x2: x.at(1), y2: y.at(1) });
  return element("figure", {}, [
    drawing(FRAME, name, [...axes(FRAME, { x, y }, axisNames), ...bars, diagonal]),
  ]);
}
