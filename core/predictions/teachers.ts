import { basename } from "@std/path";
import { z } from "zod";
import { pathExists } from "../base/files.ts";
import { dataProblem, type Problem } from "../base/problem.ts";
import { quoted } from "../base/quoted.ts";
import { readFile, readText } from "../base/read_file.ts";
import { sha256 } from "../base/sha256.ts";
import { readCsv } from "../formats/csv.ts";
import { parseTrainedSplit, type TrainedSplit } from "../layout/trained_split.ts";
import { provenancePath } from "./provenance.ts";

/** A model whose predictions others learn from. */
export interface Teacher {
  readonly checkpoint: string | null;
  readonly split_file: TrainedSplit;
}

/** The file beside a prediction file; of other programs it may have the split file alone. */
const sidecarSchema = z.object({
  split: z.string().nullable().default(null),
  checkpoint: z.string().nullable().default(null),
  split_file: z.unknown().optional(),
  /** The models whose predictions a model learned from, or that pseudo-labels were made of; null: some are unknown. */
  teachers: z.array(z.unknown()).nullable().default([]),
});

function readTeacher(record: unknown): Teacher | null {
  const { checkpoint, split_file } = sidecarSchema.safeParse(record).data ?? {};
  const split = parseTrainedSplit(split_file);
  return split && { checkpoint: checkpoint ?? null, split_file: split };
}

/** Teachers where all of them are known, else null. */
function allKnown(teachers: readonly (Teacher | null)[]): Teacher[] | null {
  const known = teachers.filter((teacher) => teacher !== null);
  return known.length > 0 && known.length === teachers.length ? known : null;
}

/** The teachers that JSON text lists; null when it lists none, or not all are known; undefined without a text. */
export function parseTeachers(text: string | undefined): Teacher[] | null | undefined {
  if (text === undefined) return undefined;
  try {
    return allKnown(z.array(z.unknown()).parse(JSON.parse(text)).map(readTeacher));
  } catch {
    return null;
  }
}

/** What the file beside a prediction file says; null where there is none, or it is of another form. */
async function readSidecar(path: string): Promise<z.output<typeof sidecarSchema> | null> {
  const beside = provenancePath(path);
  if (!(await pathExists(beside))) return null;
  try {
    return sidecarSchema.parse(JSON.parse(await readText(beside, "text")));
  } catch {
    return null;
  }
}

/** The split that a prediction file is of; null where the file beside it does not tell. */
export async function predictedSplit(path: string): Promise<string | null> {
  return (await readSidecar(path))?.split ?? null;
}

/**
 * The models that a prediction file goes back to: the one that made it and those whose predictions that one learned
 * from; or those that a file of pseudo-labels was made of. Null where the file beside it does not tell all of them.
 */
export async function readTeachers(path: string): Promise<Teacher[] | null> {
  const sidecar = await readSidecar(path);
  if (sidecar === null || sidecar.teachers === null) return null;
  const { checkpoint, split_file, teachers } = sidecar;
  const isMadeByOne = checkpoint !== null || split_file !== undefined;
  return allKnown([...(isMadeByOne ? [sidecar] : []), ...teachers].map(readTeacher));
}

/** {@link readTeachers} of several files together. */
export async function teachersOf(paths: readonly string[]): Promise<Teacher[] | null> {
  const lists = await Promise.all(paths.map(readTeachers));
  return lists.every((list) => list !== null) ? lists.flat() : null;
}

/** The teachers of a run that goes on: those of before and of now; null where some are unknown, undefined without any. */
export function joinTeachers(
  before: readonly Teacher[] | null | undefined,
  now: readonly Teacher[] | null | undefined,
): readonly Teacher[] | null | undefined {
  if (before === undefined || now === undefined) return before === undefined ? now : before;
  if (before === null || now === null) return null;
  const seen = new Map([...before, ...now].map((teacher) => [JSON.stringify(teacher), teacher]));
  return [...seen.values()];
}

function unknownTeacher(path: string): Problem {
  const beside = basename(provenancePath(path));
  return dataProblem(
    `Cannot learn from "${path}": "${
      provenancePath(path)
    }" does not tell what the model that made it was trained on, ` +
      "which may be this config's validation rows",
    "Make it with `deno task inference` or `deno task pseudo_label`; or, if another program made it, write " +
      `${beside} with {"sha256": ..., "split_file": {"path": ..., "sha256": ..., "trained": "train"}}: the sums are ` +
      "those of sha256sum, the split file is a CSV with Id and Split, where the rows it was trained on say train",
  );
}

/** The Ids that a teacher was trained on. Throws a data problem where its split file is missing or has changed since. */
async function trainedIds(path: string, { split_file: split }: Teacher): Promise<string[]> {
  const next = "Restore that split file, or train the teacher again and predict with it";
  const cannot =
    `Cannot learn from "${path}": the split file "${split.path}" that its teacher was trained on`;
  if (!(await pathExists(split.path))) throw dataProblem(`${cannot} is missing`, next);
  if (sha256(await readFile(split.path, "table")) !== split.sha256) {
    throw dataProblem(`${cannot} has changed since`, next);
  }
  const rows = await readCsv(split.path, { columns: ["Id", "Split"], next });
  return rows.filter(({ Split }) => Split === split.trained).map(({ Id }) => Id);
}

function leakProblem(path: string, { checkpoint, split_file }: Teacher, seen: readonly string[]): Problem {
  const more = seen.length > 1 ? ` and ${seen.length - 1} more of its validation rows` : "";
  const who = checkpoint === null ? "its teacher" : `its teacher "${checkpoint}"`;
  return dataProblem(
    `Cannot learn from "${path}": ${who} was trained on ${
      quoted(seen[0]!)
    }${more}, which this config validates on ` +
      `(split file "${split_file.path}"); the validation score would be too good`,
    "Name predictions of models of the same fold: each fold needs its own teachers",
  );
}

/**
 * Throws a data problem that names the file and an Id where a model that made the predictions was trained on one of the
 * held-out images, where it is unknown what it was trained on, and where its split file is missing or has changed.
 */
export async function checkTeachers(path: string, heldOut: ReadonlySet<string>): Promise<void> {
  const teachers = await readTeachers(path);
  if (teachers === null) throw unknownTeacher(path);
  for (const teacher of teachers) {
    const seen = (await trainedIds(path, teacher)).filter((id) => heldOut.has(id));
    if (seen.length > 0) throw leakProblem(path, teacher, seen);
  }
}
