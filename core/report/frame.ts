import type { Scale } from "./scale.ts";
import { element, label } from "./svg.ts";

/** Size of a chart and the room around its axes, in the drawing's units. */
export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** A chart across a page. */
export const WIDE: Frame = { width: 640, height: 320, left: 62, right: 14, top: 14, bottom: 46 };
/** A chart of which several stand side by side, and whose letters a phone shows in full size. */
export const SMALL: Frame = { width: 360, height: 230, left: 50, right: 12, top: 12, bottom: 40 };

/** A drawing with the name that a screen reader says. */
export function drawing(
  { width, height }: Pick<Frame, "width" | "height">,
  name: string,
  children: readonly string[],
): string {
  return element("svg", {
    viewBox: `0 0 ${width} ${height}`,
    role: "img",
    "aria-label": name,
    xmlns: "http://www.w3.org/2000/svg",
  }, children);
}

/** Ticks, grid lines and names of two axes. */
export function axes(
  { width, height, left, right, bottom: below }: Frame,
  { x, y }: { readonly x: Scale; readonly y: Scale },
  names: { readonly x: string; readonly y: string },
): string[] {
  const bottom = height - below;
  return [
    ...y.ticks.map((tick) =>
      element("line", { class: "grid", x1: left, x2: width - right, y1: y.at(tick), y2: y.at(tick) }) +
      label(y.format(tick), { x: left - 6, y: y.at(tick) + 4, "text-anchor": "end" })
    ),
    ...x.ticks.map((tick) =>
      label(x.format(tick), { x: x.at(tick), y: bottom + 18, "text-anchor": "middle" })
    ),
    element("line", { class: "axis", x1: left, x2: width - right, y1: bottom, y2: bottom }),
    label(names.x, { class: "name", x: (left + width) / 2, y: height - 8, "text-anchor": "middle" }),
    label(names.y, {
      class: "name",
      transform: `translate(14 ${bottom / 2}) rotate(-90)`,
      "text-anchor": "middle",
    }),
  ];
}
