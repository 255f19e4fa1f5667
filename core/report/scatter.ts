import { axes, drawing, type Frame } from "./frame.ts";
import { linearScale } from "./scale.ts";
import { element } from "./svg.ts";

const FRAME: Frame = { width: 360, height: 320, left: 50, right: 12, top: 12, bottom: 40 };

/** What a scatter diagram shows. */
export interface Scatter {
  /** What a screen reader says. */
  readonly name: string;
  readonly x: string;
  readonly y: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

/** Points over two axes of one scale, with the diagonal where both are equal, as SVG in a figure. */
export function scatter({ name, points, ...names }: Scatter): string {
  const values = points.flatMap((point) => [point.x, point.y]);
  if (values.length === 0) return element("p", {}, ["Too little to draw yet."]);
  const x = linearScale(values, {
    range: [FRAME.left, FRAME.width - FRAME.right],
    ticks: 5,
    padding: 0.03,
  });
  const y = linearScale(values, {
    range: [FRAME.height - FRAME.bottom, FRAME.top],
    ticks: 5,
    padding: 0.03,
  });
  const ends = [Math.min(...values), Math.max(...values)] as const;
  const diagonal = element("line", {
    class: "level",
    x1: x.at(ends[0]),
    y1: y.at(ends[0]),
    x2: x.at(ends[1]),
    y2: y.at(ends[1]),
  });
  // One path for all: thousands of circles would be the largest part of a page.
  const dots = points.map((point) => `M${x.at(point.x).toFixed(1)} ${y.at(point.y).toFixed(1)}h0`).join("");
  return element("figure", {}, [
    drawing(FRAME, name, [
      ...axes(FRAME, { x, y }, names),
      diagonal,
      element("path", { class: "dots first", d: dots }),
    ]),
  ]);
}
