import { z } from "zod";
import { pathExists } from "../base/files.ts";
import { dataProblem, type Problem } from "../base/problem.ts";
import { quoted } from "../base/quoted.ts";
import type { EpochRecord } from "./types.ts";
import { readText } from "../base/read_file.ts";

/** A score that is no number, such as the loss of a run that diverged, is null in JSON. */
const score = z.number().nullable();
const scoresSchema = z.object({ loss: score }).catchall(z.union([score, z.array(score)]));
const count = z.int().min(0);

/** A line of history.jsonl. */
const recordSchema = z.object({
  epoch: count,
  step: count,
  learning_rate: score,
  train: scoresSchema,
  val: scoresSchema,
  images: z.object({ train: count, val: count }),
  seconds: z.number(),
});

/** A line of history.jsonl; null when it is none. */
export function parseRecord(line: string): EpochRecord | null {
  try {
    const record = JSON.parse(line) as EpochRecord;
    recordSchema.parse(record);
    return record;
  } catch {
    return null;
  }
}

function damaged(path: string, line: number, reason: string): Problem {
  return dataProblem(
    `Cannot go on from "${path}": line ${line} ${reason}`,
    "Correct the line, or remove the file to go on without the records of earlier epochs",
  );
}

/**
 * The records of the epochs before `epoch`, as many as the file has: none when it is missing. Later lines, of epochs that
 * run again, and a last one that a kill cut short, are not looked at.
 *
 * @throws a data problem that names the line: one that is no record, or whose epoch does not follow that before
 */
export async function readHistory(path: string, epoch: number): Promise<EpochRecord[]> {
  if (epoch === 0 || !(await pathExists(path))) return [];
  const lines = (await readText(path, "text")).split("\n").filter((line) => line !== "");
  const records: EpochRecord[] = [];
  for (const [index, line] of lines.entries()) {
    const last = records.at(-1)?.epoch;
    if (last === epoch - 1) return records;
    const record = parseRecord(line);
    if (!record) throw damaged(path, index + 1, `is no record of an epoch: ${quoted(line)}`);
    if (last !== undefined && record.epoch !== last + 1) {
      throw damaged(path, index + 1, `is of epoch ${record.epoch}, the one before it of epoch ${last}`);
    }
    if (last === undefined && record.epoch >= epoch) return [];
    records.push(record);
  }
  const last = records.at(-1)?.epoch;
  if (last === undefined || last === epoch - 1) return records;
  throw damaged(path, lines.length + 1, `is missing: the last record is of epoch ${last}, not ${epoch - 1}`);
}

/**
 * All records of a history, for those who only look at it: none when the file is missing; lines that are no record, such as
 * one that is being written, are left out.
 */
export async function readRecords(path: string): Promise<EpochRecord[]> {
  if (!(await pathExists(path))) return [];
  const lines = (await readText(path, "text")).split("\n");
  return lines.map(parseRecord).filter((record) => record !== null);
}
