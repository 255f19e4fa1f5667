import { basename } from "@std/path";
import { z } from "zod";
import { pathExists, writeFileAtomic } from "../base/files.ts";
import { dataProblem } from "../base/problem.ts";
import { sha256 } from "../base/sha256.ts";
import { parseTrainedSplit, type TrainedSplit } from "../layout/trained_split.ts";
import { readFile, readText } from "../base/read_file.ts";

/** What a prediction file was made of, as the file beside it tells. */
export interface Provenance {
  /** SHA-256 of the config's part that decides the weights. */
  readonly config: string;
  readonly checkpoint: string;
  readonly split: string;
  /** How each image was viewed, and how the views became one. */
  readonly views: Readonly<Record<string, unknown>>;
  /** Podium's version; null in files from before it was recorded. */
  readonly podium: string | null;
  /** The split that trained the checkpoint; null when it is not known. */
  readonly split_file: TrainedSplit | null;
  /** The models whose predictions this one learned from; null where they are unknown, absent where there are none. */
  readonly teachers?: readonly object[] | null;
}

/** The file beside a prediction file that says what it was made of and what its bytes are. */
export function provenancePath(path: string): string {
  return `${path}.json`;
}

/** Other programs may add to it, so that only the checksum is asked for. */
const schema = z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/) });

/** What is read of how predictions were made; files of earlier versions may lack it. */
const madeSchema = z.object({
  config: z.string(),
  checkpoint: z.string(),
  split: z.string(),
  views: z.record(z.string(), z.unknown()),
  podium: z.string().nullable().default(null),
  split_file: z.unknown().transform(parseTrainedSplit),
});

/** What a prediction file was made of; null when the file beside it does not tell. */
export async function readProvenance(path: string): Promise<Provenance | null> {
  const beside = provenancePath(path);
  if (!(await pathExists(beside))) return null;
  try {
    return madeSchema.parse(JSON.parse(await readText(beside, "text")));
  } catch {
    return null;
  }
}

/** Writes a prediction file and, where it is known what made it, the file beside it. */
export async function writeWithProvenance(
  path: string,
  text: string,
  provenance: object | undefined,
): Promise<void> {
  const beside = provenancePath(path);
  // First, so that a kill in between leaves a file without a checksum, not one with that of another.
  if (await pathExists(beside)) await Deno.remove(beside);
  await writeFileAtomic(path, text);
  if (provenance === undefined) return;
  await writeFileAtomic(beside, JSON.stringify({ sha256: sha256(text), ...provenance }, null, 1) + "\n");
}

/** Throws a data problem where a prediction file is not what the file beside it says; files of other programs have none. */
export async function checkProvenance(path: string): Promise<void> {
  const beside = provenancePath(path);
  if (!(await pathExists(beside)) || !(await pathExists(path))) return;
  const written = readChecksum(await readText(beside, "text"));
  if (written === sha256(await readFile(path, "table"))) return;
  const why = written === null
    ? `"${beside}", which tells its checksum, is damaged`
    : `it does not fit "${beside}"`;
  throw dataProblem(
    `Cannot use "${path}": ${why}`,
    `Run inference again; or, if you changed ${basename(path)} yourself, remove ${basename(beside)}`,
  );
}

function readChecksum(text: string): string | null {
  try {
    return schema.parse(JSON.parse(text)).sha256;
  } catch {
    return null;
  }
}
