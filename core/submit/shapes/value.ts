import { columnsMisfit, matchColumns } from "./match_columns.ts";
import { readNumbers, writeNumbers } from "./numbers.ts";
import { numberIn, oneColumn, severalColumns, type Shape, type ShapeFacts } from "./shape.ts";

/** Columns of the quantities: one to one by name, or the only one whatever its name is. */
function columnOrder({ columns, classes }: ShapeFacts): number[] | null {
  if (columns.length === 0) return [...classes.keys()];
  return columns.length === 1 && classes.length === 1 ? [0] : matchColumns(columns, classes);
}

/** Why numbers do not fit; null when they do. */
export function valueMisfit(facts: ShapeFacts): string | null {
  const { target, classes, columns } = facts;
  if (target === "value") return columnOrder(facts) === null ? columnsMisfit(columns, classes) : null;
  if (target !== "grade") return `the target is ${target}, not a number`;
  return classes.some((name) => Number.isNaN(numberIn(name)))
    ? "the grades have names that are no numbers"
    : severalColumns(facts);
}

/** The expected grade of an image in one cell. */
function gradeShape(facts: ShapeFacts): Shape {
  const grades = facts.classes.map(numberIn);
  const expected = (prediction: Float64Array) => [
    prediction.reduce((sum, share, c) => sum + share * grades[c]!, 0),
  ];
  const known = expected;
  return {
    name: "value",
    columns: oneColumn(facts),
    answer: expected,
    known,
    write: writeNumbers,
    read: readNumbers,
  };
}

/** The numbers that were predicted, in a column for each quantity; for grades the expected one. */
export function valueShape(facts: ShapeFacts): Shape {
  if (facts.target === "grade") return gradeShape(facts);
  const order = columnOrder(facts)!;
  const columns = facts.columns.length > 0
    ? facts.columns
    : facts.classes.length === 1
    ? oneColumn(facts)
    : facts.classes;
  const answer = (prediction: Float64Array) => order.map((c) => prediction[c]!);
  return { name: "value", columns, answer, known: answer, write: writeNumbers, read: readNumbers };
}
