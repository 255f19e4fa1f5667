import { axes, drawing, type Frame, WIDE } from "./frame.ts";
import { linearScale, type Scale } from "./scale.ts";
import { signed } from "./signed.ts";
import { element, hint, label } from "./svg.ts";

/** One point of a chart. */
export interface ChartPoint {
  readonly x: number;
  readonly y: number;
  /** Shown while the pointer rests on it. */
  readonly hint?: string;
}

/** A series of points that share a name and a style. */
export interface ChartSeries {
  readonly name: string;
  /** A class of the page's style: `first`, `second`, `third`, `fourth`. */
  readonly style: string;
  readonly points: readonly ChartPoint[];
  /** Joined by steps (a value holds until the next) or straight lines, instead of drawn one by one. */
  readonly line?: boolean | "straight";
}

/** What a chart of points shows. */
export interface PointChart {
  readonly x: string;
  readonly y: string;
  /** Whether x counts something. */
  readonly wholeX?: boolean;
  readonly series: readonly ChartSeries[];
  /** Horizontal lines to compare with. */
  readonly levels?: readonly { readonly name: string; readonly y: number }[];
  /** Size; across the page when left out. */
  readonly frame?: Frame;
  /** What a screen reader says; the names of the axes when left out. */
  readonly name?: string;
}

/** One bar with its uncertainty. */
export interface Bar {
  readonly name: string;
  readonly value: number;
  /** Half the length of the whisker. */
  readonly error: number;
  readonly hint?: string;
}

function drawSeries(series: ChartSeries, x: Scale, y: Scale): string {
  if (series.line) {
    const path = series.points.map((point, i) => {
      const [right, down] = [x.at(point.x).toFixed(1), y.at(point.y).toFixed(1)];
      if (i === 0) return `M${right} ${down}`;
      return series.line === "straight" ? `L${right} ${down}` : `H${right}V${down}`;
    });
    return element("path", { class: `line ${series.style}`, d: path.join("") });
  }
  const marks = series.points.map((point) =>
    element("circle", { class: series.style, cx: x.at(point.x), cy: y.at(point.y), r: 4 }, [
      hint(`${series.name}${point.hint ? `\n${point.hint}` : ""}`),
    ])
  );
  return marks.join("");
}

function legend(series: readonly ChartSeries[]): string {
  const items = series.map(({ name, style }) =>
    element("span", { class: "key" }, [element("i", { class: style }), name])
  );
  return element("p", { class: "legend" }, items);
}

/** A chart of points and lines over two axes with its legend, as SVG in a figure. */
export function pointChart(chart: PointChart): string {
  const points = chart.series.flatMap((series) => series.points);
  if (points.length === 0) return element("p", {}, ["Too little to draw yet."]);
  const { levels = [], frame = WIDE } = chart, { left, width, right, height, top, bottom } = frame;
  const range = { x: [left, width - right], y: [height - bottom, top] } as const;
  const x = linearScale(points.map((point) => point.x), {
    range: range.x,
    ticks: frame === WIDE ? 7 : 5,
    padding: 0.03,
    whole: chart.wholeX ?? false,
  });
  const heights = [...points.map((point) => point.y), ...levels.map((level) => level.y)];
  const y = linearScale(heights, { range: range.y, ticks: 5, padding: 0.06 });
  const drawn = levels.map((level) =>
    element("line", {
      class: "level",
      x1: left,
      x2: width - right,
      y1: y.at(level.y),
      y2: y.at(level.y),
    }) + label(level.name, { class: "name", x: width - right, y: y.at(level.y) - 5, "text-anchor": "end" })
  );
  const body = [
    ...axes(frame, { x, y }, chart),
    ...drawn,
    ...chart.series.map((series) => drawSeries(series, x, y)),
  ];
  return element("figure", {}, [
    drawing(frame, chart.name ?? `${chart.y} over ${chart.x}`, body),
    legend(chart.series),
  ]);
}

const BAR_HEIGHT = 24, BAR_LEFT = 150, BAR_RIGHT = 76, { top: TOP, width: WIDTH } = WIDE;

function drawBar(bar: Bar, row: number, x: Scale): string {
  const top = TOP + row * BAR_HEIGHT, middle = top + BAR_HEIGHT / 2 - 2;
  const from = x.at(Math.min(0, bar.value)), to = x.at(Math.max(0, bar.value));
  const whisker = { x1: x.at(bar.value - bar.error), x2: x.at(bar.value + bar.error) };
  return [
    label(bar.name, { x: BAR_LEFT - 8, y: middle + 4, "text-anchor": "end" }),
    element("rect", {
      class: bar.value < 0 ? "second" : "first",
      x: from,
      y: top,
      width: Math.max(1, to - from),
      height: BAR_HEIGHT - 6,
    }, [hint(bar.hint ?? bar.name)]),
    element("line", { class: "whisker", ...whisker, y1: middle, y2: middle }),
    label(signed(bar.value), { x: WIDTH - BAR_RIGHT + 8, y: middle + 4 }),
  ].join("");
}

/** Horizontal bars around zero, each with a whisker for its uncertainty, as SVG in a figure. */
export function barChart(name: string, bars: readonly Bar[]): string {
  if (bars.length === 0) return element("p", {}, ["Too little to draw yet."]);
  const ends = bars.flatMap(({ value, error }) => [value - error, value + error]);
  const x = linearScale([0, ...ends], { range: [BAR_LEFT, WIDTH - BAR_RIGHT], ticks: 5, padding: 0.02 });
  const bottom = TOP + bars.length * BAR_HEIGHT;
  const ticks = x.ticks.map((tick) =>
    element("line", {
      class: tick === 0 ? "axis" : "grid",
      x1: x.at(tick),
      x2: x.at(tick),
      y1: TOP,
      y2: bottom,
    }) +
    label(x.format(tick), { x: x.at(tick), y: bottom + 16, "text-anchor": "middle" })
  );
  const height = bottom + 26;
  return element("figure", {}, [
    drawing({ width: WIDTH, height }, name, [...ticks, ...bars.map((bar, row) => drawBar(bar, row, x))]),
  ]);
}
