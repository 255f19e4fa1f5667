import { configProblem, suggestName } from "../../base/problem.ts";
import { sameName } from "./match_columns.ts";
import { readNumbers, writeNumbers } from "./numbers.ts";
import { oneColumn, severalColumns, type Shape, type ShapeFacts } from "./shape.ts";

/** Names of a class that mean that something is there. */
const POSITIVE = /^(?:1|true|yes|y|positive|pos)$/i;

/** Why one probability does not fit; null when it does. */
export function scoreMisfit(facts: ShapeFacts): string | null {
  const { target, classes } = facts;
  if (target === "value") return "the target is value, not a class";
  if (classes.length > 2) return `one probability tells of two classes, the layout has ${classes.length}`;
  if (classes.length === 2 && target === "class_set") {
    return "the two classes do not exclude each other, one probability tells of one";
  }
  return severalColumns(facts);
}

/** Index of the class whose probability is written. Throws a config problem where `positive` names no class. */
export function positiveClass({ classes, columns, settings: { positive } }: ShapeFacts): number {
  if (positive !== null) {
    const named = classes.indexOf(positive);
    if (named >= 0) return named;
    throw configProblem(
      `Cannot use positive: "${positive}": it is no class; ${suggestName(positive, classes)}`,
    );
  }
  const column = columns.length === 1 ? classes.findIndex((name) => sameName(name, columns[0]!)) : -1;
  if (column >= 0) return column;
  const telling = classes.findIndex((name) => POSITIVE.test(name));
  return telling >= 0 ? telling : classes.length - 1;
}

/** The probability of the positive class in one cell. */
export function scoreShape(facts: ShapeFacts): Shape {
  const positive = positiveClass(facts);
  return {
    name: "score",
    columns: oneColumn(facts),
    answer: (prediction) => [prediction[positive]!],
    known: (target) => [target[positive]!],
    write: writeNumbers,
    read: readNumbers,
  };
}
