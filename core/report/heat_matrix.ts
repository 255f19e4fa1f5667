import { drawing } from "./frame.ts";
import { element, hint, label } from "./svg.ts";

/** What a matrix of counts shows. */
export interface HeatMatrix {
  /** What a screen reader says. */
  readonly name: string;
  /** Title of the rows and of the columns. */
  readonly rowTitle: string;
  readonly columnTitle: string;
  /** Names of rows and columns, in one order. */
  readonly names: readonly string[];
  /** `[rows][columns]`. */
  readonly counts: readonly ArrayLike<number>[];
}

const WIDTH = 460, LEFT = 124, TOP = 112, LETTERS = 15, BOTTOM = 6;
/** Up to so many rows each cell says its count. */
const NUMBERED = 14;

function shorten(name: string): string {
  return name.length > LETTERS ? `${name.slice(0, LETTERS - 1)}…` : name;
}

/** Each row's counts by its sum, so that rare rows are seen too; the root, so that small shares are. */
function strengths(counts: ArrayLike<number>): number[] {
  const values = Array.from(counts), sum = values.reduce((total, value) => total + value, 0);
  return values.map((value) => Math.sqrt(value / Math.max(1, sum)));
}

function drawCell(
  { names, counts }: HeatMatrix,
  at: { readonly row: number; readonly column: number; readonly strength: number; readonly side: number },
): string {
  const { row, column, strength, side } = at, count = counts[row]![column]!;
  if (count === 0) return "";
  const [x, y] = [LEFT + column * side, TOP + row * side];
  const style = row === column ? "third" : "second";
  const number = names.length <= NUMBERED
    ? [label(String(count), { class: "name", x: x + side / 2, y: y + side / 2 + 4, "text-anchor": "middle" })]
    : [];
  return element("g", {}, [
    hint(`${names[row]} → ${names[column]}: ${count}`),
    element("rect", {
      class: style,
      x,
      y,
      width: side - 1,
      height: side - 1,
      "fill-opacity": (names.length <= NUMBERED ? 0.55 : 1) * Math.max(0.1, strength),
    }),
    ...number,
  ]);
}

/** A square matrix of counts as coloured cells: the diagonal in one colour, all else in another, as SVG in a figure. */
export function heatMatrix(matrix: HeatMatrix): string {
  const { names, name } = matrix, count = names.length;
  const side = (WIDTH - LEFT) / Math.max(1, count), letters = Math.min(11, Math.max(6, side * 0.9));
  const style = `font-size:${letters.toFixed(1)}px`;
  const labels = names.map((text, at) => {
    const middle = (at + 0.5) * side + letters / 3;
    return label(shorten(text), {
      class: "name",
      style,
      x: LEFT - 5,
      y: TOP + middle,
      "text-anchor": "end",
    }) +
      label(shorten(text), {
        class: "name",
        style,
        transform: `translate(${(LEFT + middle).toFixed(1)} ${TOP - 5}) rotate(-60)`,
      });
  });
  const cells = matrix.counts.flatMap((row, r) =>
    strengths(row).map((strength, c) => drawCell(matrix, { row: r, column: c, strength, side }))
  );
  const height = TOP + count * side + BOTTOM;
  const frame = [
    element("rect", { class: "frame", x: LEFT, y: TOP, width: count * side, height: count * side }),
  ];
  return element("figure", { class: "matrix" }, [
    drawing({ width: WIDTH + 30, height }, name, [...frame, ...cells, ...labels]),
    element("figcaption", {}, [`Rows: ${matrix.rowTitle}. Columns: ${matrix.columnTitle}.`]),
  ]);
}
