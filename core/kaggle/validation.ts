import { z } from "zod";
import { pathExists } from "../base/files.ts";
import type { Output } from "../base/output.ts";
import { readText } from "../base/read_file.ts";

const note = z.object({
  validation: z.object({
    metric: z.string(),
    score: z.number(),
    /** The interval of the score, lowest first. */
    interval: z.tuple([z.number(), z.number()]).nullish(),
  }).optional(),
});

/** What a submission scored on validation, as cells of the log. */
export interface ValidationCells {
  readonly metric: string;
  readonly validation: string;
  readonly interval_low: string;
  readonly interval_high: string;
}

const UNKNOWN: ValidationCells = { metric: "", validation: "", interval_low: "", interval_high: "" };

/** The validation score that `<file>.json` beside a submission tells; empty cells, and a warning, where it does not. */
export async function readValidation(file: string, output: Output): Promise<ValidationCells> {
  const path = `${file}.json`;
  if (!await pathExists(path)) return UNKNOWN;
  try {
    const { validation } = note.parse(JSON.parse(await readText(path, "text")));
    if (validation === undefined) return UNKNOWN;
    const [low, high] = validation.interval ?? ["", ""];
    const { metric, score } = validation;
    return { metric, validation: `${score}`, interval_low: `${low}`, interval_high: `${high}` };
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof z.ZodError)) throw error;
    output.warn(`"${path}" tells no validation score that can be read; the log has none`);
    return UNKNOWN;
  }
}
