import type { SubmissionFormat, TargetKind } from "../../plugin/contracts.ts";

/** The shapes of a submission's answers. */
export const SHAPES = ["labels", "score", "columns", "ranked", "value"] as const;

/** One of `SHAPES`. */
export type ShapeName = (typeof SHAPES)[number];

/**
 * What the answer of one Id looks like in a submission. An answer is a list of class indices (labels, ranked) or of
 * numbers (score, columns, value).
 */
export interface Shape {
  readonly name: ShapeName;
  /** Columns of an answer, in order: the sample's where it has any. */
  readonly columns: readonly string[];
  /** Whether the numbers of an answer are divided by their sum; they are not when left out. */
  readonly sumsToOne?: boolean;
  /**
   * The answer for predictions of all classes.
   *
   * @param decide the classes that are predicted; what the shape labels writes
   */
  answer(
    prediction: Float64Array,
    decide: (prediction: Float64Array) => readonly number[],
  ): readonly number[];
  /** The answer for an image whose target (1 for each true class, or its numbers) is known. */
  known(target: Float64Array, prediction: Float64Array): readonly number[];
  /** Cells of `columns`. */
  write(answer: readonly number[]): string[];
  /** The inverse of `write`. Throws a data problem where the cells are no answer. */
  read(cells: readonly string[]): number[];
}

/** What a shape is made from: the layout's part and the sample's. */
export interface ShapeFacts {
  readonly classes: readonly string[];
  readonly target: TargetKind;
  readonly submission: SubmissionFormat;
  /** The sample's columns beside the Ids; none where it names none. */
  readonly columns: readonly string[];
  /** Cells of the sample, a row for each Id. */
  readonly cells: readonly (readonly string[])[];
  readonly settings: ShapeSettings;
}

/** The keys of submission.yml that say what a shape is like. */
export interface ShapeSettings {
  /** Class whose probability a score is; null: as its column or its name says, else the last class. */
  readonly positive: string | null;
  /** Number of classes in a ranked answer; null: as many as in the sample. */
  readonly ranked: number | null;
  /** 1: the columns of a row sum to 1; any: they are left as they are; null: as in the sample. */
  readonly row_sum: 1 | "any" | null;
}

/** The column of a shape with one: the sample's, or the layout's where the sample names none. */
export function oneColumn({ columns, submission }: ShapeFacts): string[] {
  return columns.length > 0 ? [...columns] : [submission.predictionColumn];
}

/** Why a shape with one column does not fit the sample; null when it does. */
export function severalColumns({ columns }: ShapeFacts): string | null {
  return columns.length > 1
    ? `the sample has ${columns.length} columns beside the Ids, this shape has one`
    : null;
}

/** Cells of the sample's only column. */
export function cellsOf({ columns, cells }: ShapeFacts): string[] {
  return columns.length === 1 ? cells.map((row) => row[0]!) : [];
}

/** The number in a cell; NaN where there is none. */
export function numberIn(cell: string): number {
  return cell.trim() === "" ? NaN : Number(cell);
}
