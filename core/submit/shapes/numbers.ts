import { dataProblem } from "../../base/problem.ts";
import { quoted } from "../../base/quoted.ts";
import { numberIn } from "./shape.ts";

/** Cells of numbers in the shortest text that reads back as the same float64. */
export function writeNumbers(numbers: readonly number[]): string[] {
  return numbers.map(String);
}

/** The numbers of cells. Throws a data problem on a cell that is no finite number. */
export function readNumbers(cells: readonly string[]): number[] {
  return cells.map((cell) => {
    const value = numberIn(cell);
    if (Number.isFinite(value)) return value;
    throw dataProblem(`Cannot read the submission: ${quoted(cell)} is no finite number`);
  });
}
