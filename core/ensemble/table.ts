import type { TargetKind } from "../plugin/contracts.ts";
import { logit } from "./logistic.ts";

/** What a table is made of; matrices are `[rows, classes]`, row by row, in the same row order. */
export interface TableInput {
  readonly classes: number;
  readonly target: TargetKind;
  readonly labels: ArrayLike<number>;
  /** Predictions of each model. */
  readonly members: readonly ArrayLike<number>[];
}

/**
 * Predictions of several models for the same labelled rows. Matrices are kept class by class (`[classes, rows]`), in
 * float32, so that whatever concerns one class runs over consecutive numbers.
 */
export interface EnsembleTable {
  readonly rows: number;
  readonly classes: number;
  readonly target: TargetKind;
  readonly labels: Float32Array;
  readonly members: readonly Float32Array[];
}

/** Turns `[rows, classes]` into `[classes, rows]`. */
export function byClass(matrix: ArrayLike<number>, classes: number): Float32Array {
  const rows = matrix.length / classes, turned = new Float32Array(matrix.length);
  for (let row = 0, at = 0; row < rows; row++) {
    for (let c = 0; c < classes; c++) turned[c * rows + row] = matrix[at++]!;
  }
  return turned;
}

/** Turns `[classes, rows]` into `[rows, classes]`. */
export function byRow(matrix: Float32Array, classes: number): Float64Array {
  const rows = matrix.length / classes, turned = new Float64Array(matrix.length);
  for (let c = 0, at = 0; c < classes; c++) {
    for (let row = 0; row < rows; row++) turned[row * classes + c] = matrix[at++]!;
  }
  return turned;
}

/** One class of a matrix `[classes, rows]`; a view, not a copy. */
export function columnOf(matrix: Float32Array, rows: number, label: number): Float32Array {
  return matrix.subarray(label * rows, (label + 1) * rows);
}

/** Makes the table of an ensemble. */
export function ensembleTable({ classes, target, labels, members }: TableInput): EnsembleTable {
  return {
    rows: labels.length / classes,
    classes,
    target,
    labels: byClass(labels, classes),
    members: members.map((member) => byClass(member, classes)),
  };
}

/** Whether the classes of a row exclude each other, so that its probabilities sum to 1. */
export function areExclusive(target: TargetKind): boolean {
  return target === "class" || target === "grade";
}

/** Makes the probabilities of each row sum to 1, in place; a row of zeros gets equal ones. */
export function normaliseRows(matrix: Float32Array, classes: number): Float32Array {
  const rows = matrix.length / classes;
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    for (let at = row; at < matrix.length; at += rows) sum += matrix[at]!;
    for (let at = row; at < matrix.length; at += rows) matrix[at] = sum > 0 ? matrix[at]! / sum : 1 / classes;
  }
  return matrix;
}

/** Logits of a matrix; of exclusive classes those of each against the rest. */
export function logitsOf(matrix: Float32Array): Float32Array {
  const logits = new Float32Array(matrix.length);
  for (let at = 0; at < matrix.length; at++) logits[at] = logit(matrix[at]!);
  return logits;
}
