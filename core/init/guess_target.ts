import { readSample } from "../submit/sample.ts";
import type { OpenedFolder } from "./open_folder.ts";

/** Names of columns whose whole numbers are grades of a scale. */
const GRADES = /grade|diagnosis|severity|stage|level|rating|quality|isup|birads|kl_/i;
/** A scale has at least and at most so many grades. */
const SCALE = [3, 10] as const;

/** Whether the classes are 0 .. K - 1. */
function areCounted(classes: readonly string[]): boolean {
  return classes.every((name, index) => name === String(index));
}

function isFraction(cell: string): boolean {
  return cell.trim() !== "" && Number.isFinite(Number(cell)) && !Number.isInteger(Number(cell));
}

/**
 * What classes of whole numbers are when their column or the sample submission shows that they are no plain classes:
 * grades of a scale, or values. Null when the layout's own look at them stands.
 */
export async function guessTarget({ layout }: OpenedFolder): Promise<"grade" | "value" | null> {
  const { classes, params = {} } = layout;
  if (layout.target !== "class" || params.target === undefined) return null;
  if (!classes.every((name) => /^\d+$/.test(name))) return null;
  const { columns, cells } = await readSample(layout);
  const name = columns[0] ?? layout.submission.predictionColumn;
  if (columns.length === 1 && classes.length > 2 && cells.some(([cell]) => isFraction(cell!))) return "value";
  const scale = areCounted(classes) && classes.length >= SCALE[0] && classes.length <= SCALE[1];
  return scale && columns.length <= 1 && GRADES.test(name) ? "grade" : null;
}
