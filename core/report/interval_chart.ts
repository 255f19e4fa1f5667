import { drawing, type Frame, SMALL } from "./frame.ts";
import { linearScale, type Scale } from "./scale.ts";
import { element, hint, label } from "./svg.ts";

/** A value with its interval. */
export interface IntervalBar {
  readonly name: string;
  readonly value: number;
  readonly interval: readonly [low: number, high: number];
  readonly hint?: string;
  /** A class of the page's style; `first` when left out. */
  readonly style?: string;
}

/** What a chart of intervals shows. */
export interface IntervalChart {
  /** What a screen reader says. */
  readonly name: string;
  readonly x: string;
  readonly bars: readonly IntervalBar[];
  /** Further values that the axis shall hold. */
  readonly holds?: readonly number[];
}

const ROW = 20, LEFT = 128, RIGHT = 14, LETTERS = 17;
const { width: WIDTH, top: TOP, bottom: BOTTOM }: Frame = SMALL;

function shorten(name: string): string {
  return name.length > LETTERS ? `${name.slice(0, LETTERS - 1)}…` : name;
}

function drawBar({ name, value, interval: [low, high], ...bar }: IntervalBar, row: number, x: Scale): string {
  const middle = TOP + row * ROW + ROW / 2;
  const whisker = Number.isFinite(low) && Number.isFinite(high)
    ? [element("line", { class: "whisker", x1: x.at(low), x2: x.at(high), y1: middle, y2: middle })]
    : [];
  const dot = Number.isFinite(value)
    ? [element("circle", { class: bar.style ?? "first", cx: x.at(value), cy: middle, r: 4.5 })]
    : [];
  return element("g", {}, [
    hint(bar.hint ?? name),
    label(shorten(name), { class: "name", x: LEFT - 8, y: middle + 4, "text-anchor": "end" }),
    ...whisker,
    ...dot,
  ]);
}

/** Values as points, one below the other, each with a line for its interval, as SVG in a figure. */
export function intervalChart({ name, x: title, bars, holds = [] }: IntervalChart): string {
  const ends = bars.flatMap(({ value, interval }) => [value, ...interval]);
  const values = [...ends, ...holds].filter(Number.isFinite);
  if (values.length === 0) return element("p", {}, ["Too little to draw yet."]);
  const x = linearScale(values, { range: [LEFT, WIDTH - RIGHT], ticks: 4, padding: 0.03 });
  const bottom = TOP + bars.length * ROW;
  const line = (at: number) =>
    element("line", { class: "grid", x1: x.at(at), x2: x.at(at), y1: TOP, y2: bottom });
  return element("figure", {}, [
    drawing({ width: WIDTH, height: bottom + BOTTOM }, name, [
      ...x.ticks.map((tick) =>
        line(tick) +
        label(x.format(tick), { x: x.at(tick), y: bottom + 16, "text-anchor": "middle" })
      ),
      ...bars.map((bar, row) => drawBar(bar, row, x)),
      label(title, { class: "name", x: (LEFT + WIDTH) / 2, y: bottom + 34, "text-anchor": "middle" }),
    ]),
  ]);
}
