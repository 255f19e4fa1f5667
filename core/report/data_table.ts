import { element, escapeText } from "./svg.ts";

/** A value with its interval. */
export type Range = readonly [low: number, high: number];

/** What a cell holds: null and NaN are shown as nothing. */
export type Cell = string | number | null | Range;

/** A column of a table. */
export interface Column {
  readonly name: string;
  /** Digits behind the point of shown numbers; as they are when left out. Ranges have them too. */
  readonly digits?: number;
}

/** A table for reading, and for a CSV file beside the page. */
export interface DataTable {
  /** Name of the CSV file, without its extension. */
  readonly name: string;
  readonly caption: string;
  /** The first column names the rows. */
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
  /** How many of the rows the page shows; the first few hundred when left out. The file has all. */
  readonly shown?: number;
}

/** Most rows shown on a page. */
const SHOWN = 400;

function isRange(cell: Cell): cell is Range {
  return typeof cell === "object" && cell !== null;
}

function numberText(value: number, digits: number | undefined): string {
  if (Number.isNaN(value)) return "";
  return digits === undefined ? String(value) : value.toFixed(digits);
}

function cellText(cell: Cell, { digits }: Column): string {
  if (cell === null) return "";
  if (typeof cell === "string") return cell;
  if (!isRange(cell)) return numberText(cell, digits);
  return Number.isNaN(cell[0]) ? "" : cell.map((end) => numberText(end, digits)).join(" to ");
}

function isNumberColumn({ rows }: DataTable, column: number): boolean {
  return rows.some((row) => typeof row[column] !== "string") &&
    rows.every((row) => typeof row[column] !== "string");
}

function rowHtml(row: readonly Cell[], { columns }: DataTable, numbers: readonly boolean[]): string {
  const cells = row.map((cell, column) => {
    const text = [escapeText(cellText(cell, columns[column]!))];
    if (column === 0) return element("th", { scope: "row" }, text);
    return element("td", { class: numbers[column] ? "number" : undefined }, text);
  });
  return element("tr", {}, cells);
}

/**
 * A table with caption and headings of rows and columns, in a region that can be scrolled by itself, by keyboard too. A
 * link leads to its CSV file beside the page.
 */
export function dataTable(table: DataTable): string {
  const { name, caption, columns, rows } = table, shown = Math.min(SHOWN, table.shown ?? SHOWN);
  const numbers = columns.map((_, column) => isNumberColumn(table, column));
  const head = columns.map((column, at) =>
    element("th", { scope: "col", class: numbers[at] ? "number" : undefined }, [escapeText(column.name)])
  );
  const more = rows.length > shown ? `; the first ${shown} of ${rows.length} rows` : "";
  const link = element("a", { href: `${name}.csv`, download: "" }, [`${name}.csv`]);
  const lines = rows.slice(0, shown).map((row) => rowHtml(row, table, numbers));
  return element("div", { class: "scroll", role: "region", tabindex: 0, "aria-label": caption }, [
    element("table", {}, [
      element("caption", {}, [`${escapeText(caption + more)} (${link})`]),
      element("thead", {}, [element("tr", {}, head)]),
      element("tbody", {}, lines),
    ]),
  ]);
}

/** Header and rows of the table's CSV file: numbers in full, a range in two columns. */
export function csvOf({ columns, rows }: DataTable): { header: string[]; rows: (string | number)[][] } {
  const ranged = columns.map((_, column) => rows.some((row) => isRange(row[column]!)));
  const header = columns.flatMap(({ name }, column) =>
    ranged[column] ? [`${name} low`, `${name} high`] : [name]
  );
  const plain = (cell: string | number | null) =>
    cell === null || (typeof cell === "number" && Number.isNaN(cell)) ? "" : cell;
  const cells = (cell: Cell, column: number) => {
    if (!ranged[column]) return [plain(cell as string | number | null)];
    return isRange(cell) ? cell.map(plain) : ["", ""];
  };
  return { header, rows: rows.map((row) => row.flatMap(cells)) };
}
