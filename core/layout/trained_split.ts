import { z } from "zod";
import { pathExists } from "../base/files.ts";
import { readFile } from "../base/read_file.ts";
import { sha256 } from "../base/sha256.ts";
import type { SplitFile } from "./examples.ts";

const schema = z.object({ path: z.string(), sha256: z.string(), trained: z.string() });

/**
 * The split that a model was trained on: path and SHA-256 of the split file, and the value of its column Split whose
 * rows were trained on.
 */
export type TrainedSplit = z.output<typeof schema>;

/** What is recorded of a dataset's split file; null when it names none, or when there is no such file. */
export async function trainedSplitOf(file: SplitFile | null): Promise<TrainedSplit | null> {
  if (file === null || !(await pathExists(file.path))) return null;
  const { path, rows: trained } = file;
  return { path, sha256: sha256(await readFile(path, "table")), trained };
}

/** A record of a split as it was read from a file; null when it is none. */
export function parseTrainedSplit(record: unknown): TrainedSplit | null {
  return schema.safeParse(record).data ?? null;
}

/** {@link parseTrainedSplit} of JSON text; null also when there is no text. */
export function parseTrainedSplitText(text: string | undefined): TrainedSplit | null {
  if (text === undefined) return null;
  try {
    return parseTrainedSplit(JSON.parse(text));
  } catch {
    return null;
  }
}

/**
 * The record of weights that are trained further: the one they have, as long as the split stays the same. A run that
 * saw two splits gets a SHA-256 that no file has, so that its predictions never count as out of fold. A run that began before
 * splits were recorded has none.
 */
export function resumedSplit(before: TrainedSplit | null, now: TrainedSplit | null): TrainedSplit | null {
  if (before === null || isSameSplit(before, now)) return before;
  return { ...before, sha256: sha256(`${before.sha256} ${now?.sha256}`) };
}

/** Whether two records tell of the same rows. */
export function isSameSplit(one: TrainedSplit, other: TrainedSplit | null): boolean {
  return one.sha256 === other?.sha256 && one.trained === other.trained;
}
