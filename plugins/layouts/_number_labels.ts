import { configProblem, dataProblem, type TargetKind } from "../../plugin.ts";
import { type LabelCells, type LabelReader, oneLabelProblem, placeOf } from "./_label_cells.ts";

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/** The number of a cell; NaN when it holds none. */
export function numberOf(cell: string): number {
  const text = cell.trim();
  if (/^(?:true|false)$/i.test(text)) return text.toLowerCase() === "true" ? 1 : 0;
  return NUMBER.test(text) ? Number(text) : NaN;
}

/** Whether a number says yes or no. */
function isBinary(value: number): boolean {
  return value === 0 || value === 1;
}

/** Whether all cells are 0 or 1. */
export function allBinary(cells: Iterable<string>): boolean {
  for (const cell of cells) if (!isBinary(numberOf(cell))) return false;
  return true;
}

/**
 * The target that columns of numbers have: one class where every row has exactly one 1 beside zeros, a set of classes for
 * other zeros and ones, probabilities for numbers of 0 to 1, else values.
 */
function targetOfColumns({ rows }: LabelCells): TargetKind {
  let target: TargetKind = "class";
  for (const { cells } of rows) {
    const values = cells.map(numberOf);
    if (!values.every((value) => value >= 0 && value <= 1)) return "value";
    if (!values.every(isBinary)) target = "probabilities";
    else if (target === "class" && values.reduce((sum, value) => sum + value, 0) !== 1) target = "class_set";
  }
  return target;
}

/** Numbers of a row, one a column. Throws a data problem on a cell without a number of the allowed range. */
function numbersOf(labels: LabelCells, row: number, allowed: (value: number) => boolean): number[] {
  return labels.rows[row]!.cells.map((cell, column) => {
    const value = numberOf(cell);
    if (Number.isFinite(value) && allowed(value)) return value;
    throw dataProblem(
      `Cannot read the label ${JSON.stringify(cell)} of the column "${labels.columns[column]}" (${
        placeOf(labels, row)
      }): it is not a number of the range`,
      "Correct the cell or remove the row, or choose another data.layout_params.target",
    );
  });
}

function classesOf(labels: LabelCells, row: number): number[] {
  return numbersOf(labels, row, isBinary).flatMap((value, column) => value === 1 ? [column] : []);
}

function onlyClassOf(labels: LabelCells, row: number): number[] {
  const classes = classesOf(labels, row);
  if (classes.length !== 1) throw oneLabelProblem(labels, row, `${classes.length} labels`);
  return classes;
}

/** How rows of numbers are read for each target. */
const READERS: Readonly<Record<string, (labels: LabelCells, row: number) => number[]>> = {
  class: onlyClassOf,
  class_set: classesOf,
  probabilities: (labels, row) => numbersOf(labels, row, (value) => value >= 0 && value <= 1),
  value: (labels, row) => numbersOf(labels, row, () => true),
};

/**
 * Reads columns of numbers, whose names are the classes or the measured quantities.
 *
 * @param options what they hold, where `auto` looks at the numbers; what stands between several in a submission's cell
 * @throws a config problem on grades, which need one column
 */
export function readNumbers(
  labels: LabelCells,
  { target, separator }: { readonly target: TargetKind | "auto"; readonly separator: string },
): LabelReader {
  const kind = target === "auto" ? targetOfColumns(labels) : target;
  const read = READERS[kind];
  if (read) {
    return { target: kind, classes: labels.columns, separator, labelsOf: (row) => read(labels, row) };
  }
  throw configProblem(
    `layout_params.target: "${kind}": grades need one label column, there are ${labels.columns.length}`,
    "Name it with layout_params.label_column",
  );
}
