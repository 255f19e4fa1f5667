import { linearScale, type Scale } from "./scale.ts";
import { element, hint, label } from "./svg.ts";

/** One curve: a value for each x that has one. */
export interface Curve {
  readonly name: string;
  /** A class of the page's style: `first`, `second`, `third`, `fourth`. */
  readonly style: string;
  /** Told apart from the others by more than its colour. */
  readonly dashed?: boolean;
  /** Ascending by x; what is no number is left out. */
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

/** What a chart of curves shows. */
export interface CurveChart {
  readonly x: string;
  readonly y: string;
  readonly curves: readonly Curve[];
  /** A point to mark, such as the best one. */
  readonly mark?: { readonly name: string; readonly x: number; readonly y: number } | null;
}

/** Narrow enough that its words can be read on a phone. */
const WIDTH = 420, HEIGHT = 250, LEFT = 68, RIGHT = 12, TOP = 12, BOTTOM = 44;
/** More points than this are thinned out: no screen shows them, and the page stays small. */
const MOST_POINTS = 300;

/** A value of an axis as text: four digits are enough for a curve. */
function valueText(value: number): string {
  return Math.abs(value) >= 1e-3 || value === 0
    ? String(Number(value.toPrecision(4)))
    : value.toExponential(1);
}

/**
 * Of many points the first, the last, and the lowest and highest of each stretch between, so that no spike is lost.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const points = [0, 9, 1, 1, 1, -5, 1, 2].map((y, x) => ({ x, y }));
 * assertEquals(thinOut(points, 4).map(({ y }) => y), [0, 9, -5, 2]);
 * ```
 */
export function thinOut<Point extends { readonly y: number }>(
  points: readonly Point[],
  most: number,
): Point[] {
  if (points.length <= most) return [...points];
  const stretches = Math.max(1, Math.floor((most - 2) / 2)), inner = points.length - 2;
  const kept = [points[0]!];
  for (let stretch = 0; stretch < stretches; stretch++) {
    const from = 1 + Math.floor(stretch * inner / stretches);
    const to = 1 + Math.floor((stretch + 1) * inner / stretches);
    let lowest = from, highest = from;
    for (let i = from; i < to; i++) {
      if (points[i]!.y < points[lowest]!.y) lowest = i;
      if (points[i]!.y > points[highest]!.y) highest = i;
    }
    kept.push(points[Math.min(lowest, highest)]!);
    if (lowest !== highest) kept.push(points[Math.max(lowest, highest)]!);
  }
  return [...kept, points.at(-1)!];
}

function axes(x: Scale, y: Scale, chart: CurveChart): string[] {
  const bottom = HEIGHT - BOTTOM;
  const isSmall = Math.max(...y.ticks.map(Math.abs)) < 1e-3;
  const yText = (tick: number) => isSmall ? valueText(tick) : y.format(tick);
  return [
    ...y.ticks.map((tick) =>
      element("line", { class: "grid", x1: LEFT, x2: WIDTH - RIGHT, y1: y.at(tick), y2: y.at(tick) }) +
      label(yText(tick), { x: LEFT - 6, y: y.at(tick) + 4, "text-anchor": "end" })
    ),
    ...x.ticks.map((tick) =>
      label(x.format(tick), { x: x.at(tick), y: bottom + 18, "text-anchor": "middle" })
    ),
    element("line", { class: "axis", x1: LEFT, x2: WIDTH - RIGHT, y1: bottom, y2: bottom }),
    label(chart.x, { class: "name", x: (LEFT + WIDTH) / 2, y: HEIGHT - 6, "text-anchor": "middle" }),
  ];
}

function drawCurve({ name, style, dashed, points }: Curve, x: Scale, y: Scale): string {
  const at = (point: { x: number; y: number }) => `${x.at(point.x).toFixed(1)} ${y.at(point.y).toFixed(1)}`;
  const only = points.length === 1 ? points[0]! : null;
  const body = only
    ? element("circle", { class: style, cx: x.at(only.x), cy: y.at(only.y), r: 3 })
    : element("path", {
      class: `line ${style}`,
      "stroke-dasharray": dashed ? "6 4" : undefined,
      d: `M${points.map(at).join("L")}`,
    });
  return element("g", {}, [hint(`${name}: ${valueText(points.at(-1)!.y)} at the end`), body]);
}

/** What a screen reader says in place of the picture. */
function describe(chart: CurveChart): string {
  const curves = chart.curves.map(({ name, points }) => `${name} ${valueText(points.at(-1)!.y)}`);
  const marked = chart.mark ? [`${chart.mark.name} ${valueText(chart.mark.y)} at ${chart.mark.x}`] : [];
  return `${chart.y} over ${chart.x}, at the end: ${[...curves, ...marked].join(", ")}`;
}

function legend(chart: CurveChart): string {
  const keys = chart.curves.map(({ name, style, dashed }) =>
    element("span", { class: "key" }, [
      element("i", { class: style }),
      `${name}${dashed ? " (dashed)" : ""}`,
    ])
  );
  const mark = chart.mark ? [element("span", { class: "key" }, [`○ ${chart.mark.name}`])] : [];
  return element("figcaption", { class: "legend" }, [...keys, ...mark]);
}

/** Curves over two axes under their name, with the legend, as SVG in a figure; a sentence where there is nothing to draw. */
export function curveChart(chart: CurveChart): string {
  const curves = chart.curves
    .map((curve) => {
      const points = curve.points.filter(({ y }) => Number.isFinite(y));
      return { ...curve, points: thinOut(points, MOST_POINTS) };
    })
    .filter(({ points }) => points.length > 0);
  if (curves.length === 0) return element("p", {}, ["Nothing to draw yet."]);
  const all = curves.flatMap(({ points }) => points);
  const x = linearScale(all.map((point) => point.x), {
    range: [LEFT, WIDTH - RIGHT],
    ticks: 6,
    padding: 0.02,
    whole: true,
  });
  const y = linearScale(all.map((point) => point.y), {
    range: [HEIGHT - BOTTOM, TOP],
    ticks: 5,
    padding: 0.06,
  });
  const shown = { ...chart, curves };
  const drawn = [
    ...axes(x, y, shown),
    ...curves.map((curve) => drawCurve(curve, x, y)),
    ...(chart.mark
      ? [element("circle", { class: "mark", cx: x.at(chart.mark.x), cy: y.at(chart.mark.y), r: 5 })]
      : []),
  ];
  const picture = element("svg", {
    class: "curves",
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    role: "img",
    "aria-label": describe(shown),
    xmlns: "http://www.w3.org/2000/svg",
  }, drawn);
  return element("figure", {}, [picture, legend(shown)]);
}
