import { dataProblem, type Problem } from "../base/problem.ts";
import { type CsvTable, csvText, float32Text, readCsvTable } from "../formats/csv.ts";
import { quoted } from "../base/quoted.ts";
import { checkUnique } from "../layout/labels.ts";
import type { TargetKind } from "../plugin/contracts.ts";
import { checkProvenance, writeWithProvenance } from "./provenance.ts";

/** Class probabilities of images, with their labels if known. */
export interface Predictions {
  /** Origin for messages: a file path, or "ensemble". */
  readonly path: string;
  readonly ids: readonly string[];
  readonly classes: number;
  /** `[ids, classes]`: multi-hot labels, probabilities or regression values; null when unknown. */
  readonly labels: Uint8Array | Float32Array | null;
  /** Probabilities in [0, 1], or regression values, `[ids, classes]`. */
  readonly probabilities: Float64Array;
}

function columns(letter: string, classes: number): string[] {
  return Array.from({ length: classes }, (_, index) => letter + String(index).padStart(2, "0"));
}

function countColumns(header: readonly string[], letter: string): number {
  let count = 0;
  while (header.includes(letter + String(count).padStart(2, "0"))) count += 1;
  return count;
}

/** What the cells of a column may hold. */
interface Allowed {
  /** For the error message. */
  readonly words: string;
  holds(value: number): boolean;
}

const BINARY: Allowed = { words: "0 or 1", holds: (value) => value === 0 || value === 1 };
const SHARE: Allowed = { words: "number from 0 to 1", holds: (value) => value >= 0 && value <= 1 };
const FINITE: Allowed = { words: "finite number", holds: Number.isFinite };

/** What the columns L00.. and P00.. may hold for a target. */
function allowedFor(target: TargetKind): { readonly L: Allowed; readonly P: Allowed } {
  if (target === "value") return { L: FINITE, P: FINITE };
  return { L: target === "probabilities" ? SHARE : BINARY, P: SHARE };
}

interface Cell {
  readonly text: string;
  readonly path: string;
  readonly id: string;
  readonly column: string;
}

function noNumber({ text, path, id, column }: Cell, { words }: Allowed): Problem {
  return dataProblem(
    `Cannot use "${path}": ${quoted(text)} in column ${column}, Id ${quoted(id)}, is no ${words}`,
    "Run inference again to make the file anew",
  );
}

/** The numbers of the columns of a letter, row by row. */
function readNumbers(
  { path, header, rows }: CsvTable,
  names: readonly string[],
  { ids, allowed }: { readonly ids: readonly string[]; readonly allowed: Allowed },
): Float64Array {
  const places = names.map((name) => header.indexOf(name));
  const values = new Float64Array(rows.length * names.length);
  for (const [row, cells] of rows.entries()) {
    for (const [c, place] of places.entries()) {
      const text = cells[place]!, value = text.trim() === "" ? NaN : Number(text);
      if (!allowed.holds(value)) throw noNumber({ text, path, id: ids[row]!, column: names[c]! }, allowed);
      values[row * names.length + c] = Math.fround(value);
    }
  }
  return values;
}

/** Throws a data problem when the columns of a file are not those of so many classes; whether it has labels. */
function checkClasses(table: CsvTable, classes: number, next: string): boolean {
  const found = countColumns(table.header, "P"), labelled = countColumns(table.header, "L");
  if (found !== classes) {
    throw dataProblem(`Cannot use "${table.path}": it has ${found} classes, the layout has ${classes}`, next);
  }
  if (labelled === 0 || labelled === classes) return labelled > 0;
  throw dataProblem(
    `Cannot use "${table.path}": it has labels of ${labelled} classes, the layout has ${classes}`,
    next,
  );
}

/** Options of {@link readPredictions}. */
export interface ReadingOptions {
  readonly classes: number;
  /** The layout's target, which decides what labels and predictions may be; classes when left out. */
  readonly target?: TargetKind;
}

/**
 * Reads a prediction file: columns Id, L00.. if labels are known, and P00.., in any order. Labels are 0 or 1, or the
 * numbers of the targets value and probabilities.
 *
 * Throws a data problem on a missing file or column, a duplicate Id, a number that the target does not allow, a number of
 * classes other than `classes`, and a file that is not what the file beside it says.
 */
export async function readPredictions(
  path: string,
  { classes, target = "class_set" }: ReadingOptions,
): Promise<Predictions> {
  await checkProvenance(path);
  const next = `Make it with "deno task inference --output=${path}"`;
  const table = await readCsvTable(path, { columns: ["Id", "P00"], next });
  const labelled = checkClasses(table, classes, next);
  const idIndex = table.header.indexOf("Id");
  const ids = table.rows.map((row) => row[idIndex]!);
  checkUnique(ids, path);
  const allowed = allowedFor(target);
  const cells = (letter: "L" | "P") =>
    readNumbers(table, columns(letter, classes), { ids, allowed: allowed[letter] });
  const labels = !labelled
    ? null
    : allowed.L === BINARY
    ? Uint8Array.from(cells("L"))
    : Float32Array.from(cells("L"));
  return { path, ids, classes, labels, probabilities: cells("P") };
}

/**
 * Formats a prediction file: rows sorted by Id, probabilities with lossless float32 precision.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const labels = Uint8Array.of(1);
 * const text = predictionsText({ path: "", ids: ["a"], classes: 1, labels, probabilities: Float64Array.of(0.25) });
 * assertEquals(text, "Id,L00,P00\na,1,0.25\n");
 * ```
 */
export function predictionsText({ ids, classes, labels, probabilities }: Predictions): string {
  const order = [...ids.keys()].sort((a, b) => (ids[a]! < ids[b]! ? -1 : 1));
  const rows = order.map((row) => {
    const [from, to] = [row * classes, (row + 1) * classes];
    const shown = labels === null ? [] : Array.from(labels.subarray(from, to), float32Text);
    return [ids[row]!, ...shown, ...Array.from(probabilities.subarray(from, to), float32Text)];
  });
  return csvText(["Id", ...(labels === null ? [] : columns("L", classes)), ...columns("P", classes)], rows);
}

/** Writes a prediction file, and beside it what it was made of where that is given; it is there whole or not at all. */
export async function writePredictions(
  path: string,
  predictions: Predictions,
  options: { readonly provenance?: object } = {},
): Promise<void> {
  await writeWithProvenance(path, predictionsText(predictions), options.provenance);
}
