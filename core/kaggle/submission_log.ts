import { dirname } from "@std/path";
import { pathExists } from "../base/files.ts";
import { flushFile, writeAll } from "../base/part_files.ts";
import { csvText, readCsv, writeCsv } from "../formats/csv.ts";

/** Where submissions are logged. */
export const SUBMISSION_LOG = "submissions/log.csv";

const COLUMNS = [
  "time",
  "competition",
  "file",
  "sha256",
  "metric",
  "validation",
  "interval_low",
  "interval_high",
  "message",
  "ref",
  "status",
  "public_score",
] as const;

/** A submission as the log has it: all cells are text, empty where nothing is known. */
export type LoggedSubmission = Readonly<Record<(typeof COLUMNS)[number], string>>;

function rowOf(submission: LoggedSubmission): string[] {
  return COLUMNS.map((column) => submission[column]);
}

/** The submissions of a log, the oldest first; a missing file has none. */
export async function readSubmissionLog(path: string): Promise<LoggedSubmission[]> {
  if (!await pathExists(path)) return [];
  return await readCsv(path, { columns: COLUMNS, next: "Mend the log, or move it away: a new one is begun" });
}

/** Adds a submission at the end of a log: in one write, so that two tasks at a time lose nothing. */
export async function appendToLog(path: string, submission: LoggedSubmission): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  const text = csvText(COLUMNS, [rowOf(submission)]);
  using file = await Deno.open(path, { append: true, create: true });
  const isNew = (await file.stat()).size === 0;
  await writeAll(file, new TextEncoder().encode(isNew ? text : text.slice(text.indexOf("\n") + 1)), path);
  await flushFile(file, path);
}

/** Replaces the submissions of a log. */
export async function writeSubmissionLog(
  path: string,
  submissions: readonly LoggedSubmission[],
): Promise<void> {
  await writeCsv(path, COLUMNS, submissions.map(rowOf));
}
