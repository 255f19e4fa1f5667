import { join } from "@std/path";
import { z } from "zod";
import { listFiles, pathExists, writeFileAtomic } from "../base/files.ts";
import { dataProblem } from "../base/problem.ts";
import { readText } from "../base/read_file.ts";

const operation = z.tuple([z.string(), z.record(z.string(), z.unknown())]);

/** Schema of a trial file. */
const trialSchema = z.strictObject({
  /** File name without .json: `0000` is the baseline without a policy, then the candidates. */
  id: z.string(),
  policy: z.array(z.array(operation)),
  /** Seed of weight initialisation, shuffling and augmentation. */
  seed: z.int(),
  status: z.enum(["running", "done", "failed"]),
  /** Higher is better; null until the trial is finished. */
  score: z.number().nullable(),
  /** Score after each epoch, if the trial is a training. */
  epochs: z.array(z.number()),
  /** Additional measurements by name. */
  measures: z.record(z.string(), z.number()),
  /** Wall time, including saved progress of earlier attempts. */
  seconds: z.number(),
  /** Images passed through the network: training (forward and backward) and forward only. */
  passes: z.strictObject({ train: z.number(), forward: z.number() }),
  /** Start time, ISO 8601. */
  time: z.string(),
  /** Error message of a failed trial. */
  error: z.string().nullable(),
});

/** A trial. */
export type Trial = z.output<typeof trialSchema>;

/** A finished trial with a score. */
export type ScoredTrial = Trial & { readonly score: number };

/** Whether a trial is finished and has a score. */
export function isScored(trial: Trial): trial is ScoredTrial {
  return trial.status === "done" && trial.score !== null;
}

/**
 * Sorts trials, best first. A trial that was trained for more epochs ranks before one that was stopped earlier; ties
 * are broken by id, so that a resumed search ranks identically.
 */
export function rankTrials(trials: readonly Trial[]): ScoredTrial[] {
  return trials.filter(isScored).sort((a, b) =>
    b.epochs.length - a.epochs.length || b.score - a.score || (a.id < b.id ? -1 : 1)
  );
}

/** The id of a numbered trial: four digits. */
export function trialId(number: number): string {
  return String(number).padStart(4, "0");
}

/** A folder with one JSON file per trial and, while a trial is training, a folder with its checkpoints. */
export class TrialStore {
  constructor(readonly folder: string) {}

  /** Path of a trial's file. */
  path(id: string): string {
    return join(this.folder, `${id}.json`);
  }

  /** Folder for a trial's checkpoints. */
  workFolder(id: string): string {
    return join(this.folder, id);
  }

  /** Reads a trial; null when it does not exist. Throws a data problem that names the file when it is invalid. */
  async read(id: string): Promise<Trial | null> {
    if (!(await pathExists(this.path(id)))) return null;
    const next = "Delete it: the trial is then run again";
    try {
      return trialSchema.parse(JSON.parse(await readText(this.path(id), "text")));
    } catch (error) {
      const reason = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
      throw dataProblem(`Cannot read the trial "${this.path(id)}": ${reason}`, next);
    }
  }

  /** All stored trials, sorted by id. */
  async readAll(): Promise<Trial[]> {
    const names = (await listFiles(this.folder)).filter((name) => name.endsWith(".json"));
    const trials = await Promise.all(names.map((name) => this.read(name.slice(0, -".json".length))));
    return trials.filter((trial) => trial !== null);
  }

  /** Writes a trial atomically. */
  async write(trial: Trial): Promise<void> {
    await writeFileAtomic(this.path(trial.id), JSON.stringify(trial, null, 2) + "\n");
  }

  /** Deletes the checkpoints of a trial. */
  async clean(id: string): Promise<void> {
    await removeIfThere(this.workFolder(id));
  }

  /** Deletes a trial and its checkpoints. */
  async remove(id: string): Promise<void> {
    await this.clean(id);
    await removeIfThere(this.path(id));
  }
}

async function removeIfThere(path: string): Promise<void> {
  if (await pathExists(path)) await Deno.remove(path, { recursive: true });
}
