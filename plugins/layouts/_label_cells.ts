import { dataProblem, type TargetKind } from "../../plugin.ts";

/** The label cells of a label file. */
export interface LabelCells {
  readonly path: string;
  /** Names of the label columns. */
  readonly columns: readonly string[];
  /** Id and cells, one a label column, of each row. */
  readonly rows: readonly { readonly id: string; readonly cells: readonly string[] }[];
}

/** What the label cells hold, and how a row is read. */
export interface LabelReader {
  readonly target: TargetKind;
  readonly classes: readonly string[];
  /** What stands between several labels of a cell. */
  readonly separator: string;
  /** The labels of a row by its index. Throws a data problem that names file, row and Id. */
  labelsOf(row: number): number[];
}

/** File, row as an editor shows it (the header is row 1), and Id. */
export function placeOf({ path, rows }: LabelCells, row: number): string {
  return `"${path}", row ${row + 2}, Id "${rows[row]!.id}"`;
}

/** The problem of a row that must have one label. */
export function oneLabelProblem(cells: LabelCells, row: number, has: string): Error {
  return dataProblem(
    `Cannot use ${placeOf(cells, row)}: it has ${has}, each image needs one label`,
    "Correct or remove the row; where images may have several labels or none, set data.layout_params.target to class_set",
  );
}
