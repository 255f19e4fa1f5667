import { columnsMisfit, matchColumns } from "./match_columns.ts";
import { readNumbers, writeNumbers } from "./numbers.ts";
import { numberIn, type Shape, type ShapeFacts } from "./shape.ts";

/** How far the sum of a sample's row may be from 1. */
const NEAR = 1e-6;

/** Why a column for each class does not fit; null when it does. */
export function classColumnsMisfit({ target, columns, classes }: ShapeFacts): string | null {
  if (target === "value") return "the target is value, not a class";
  return columns.length === 0 || matchColumns(columns, classes) !== null
    ? null
    : columnsMisfit(columns, classes);
}

/** Whether the rows of a submission must sum to 1: as set, else where all of the sample's do and one class is true. */
function rowsSumToOne({ settings, target, cells, columns }: ShapeFacts): boolean {
  if (settings.row_sum !== null) return settings.row_sum === 1;
  if (target === "class_set" || columns.length < 2) return false;
  return cells.every((row) => Math.abs(row.reduce((sum, cell) => sum + numberIn(cell), 0) - 1) <= NEAR);
}

/** Shares of a whole; equal ones where there is nothing to share. */
export function shares(values: ArrayLike<number>): number[] {
  const all = Array.from(values), sum = all.reduce((total, value) => total + value, 0);
  return all.map((value) => sum > 0 ? value / sum : 1 / all.length);
}

/** The probability of each class in a column of its own, in the order of the sample. */
export function columnsShape(facts: ShapeFacts): Shape {
  const columns = facts.columns.length > 0 ? facts.columns : facts.classes;
  const order = matchColumns(columns, facts.classes)!, sumsToOne = rowsSumToOne(facts);
  const answer = (prediction: Float64Array) => {
    const values = order.map((c) => prediction[c]!);
    return sumsToOne ? shares(values) : values;
  };
  return {
    name: "columns",
    columns,
    sumsToOne,
    answer,
    known: answer,
    write: writeNumbers,
    read: readNumbers,
  };
}
