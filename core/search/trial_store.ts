import { join } from "@std/path";
import { z } from "zod";
import { listFiles, pathExists, writeFileAtomic } from "../base/files.ts";
import { dataProblem } from "../base/problem.ts";

const operation = z.tuple([z.string(), z.record(z.string(), z.unknown())]);

/** One trial as its file holds it. */
const trialSchema = z.strictObject({
  /** Name of the file without .json: `0000` is the base, candidates follow. */
  id: z.string(),
  policy: z.array(z.array(operation)),
  /** Seed of weights, order and augmentation. */
  seed: z.int(),
  status: z.enum(["running", "done", "failed"]),
  /** Higher is better; null until the trial is done. */
  score: z.number().nullable(),
  /** Score after each epoch, where the trial is a training. */
  epochs: z.array(z.number()),
  /** Further figures by name, such as how many views were destroyed. */
  measures: z.record(z.string(), z.number()),
  /** Wall time over all attempts that ended in a save. */
  seconds: z.number(),
  /** Images sent through the network, forward and backward, and forward only. */
  passes: z.strictObject({ train: z.number(), forward: z.number() }),
  /** When it was begun, ISO 8601. */
  time: z.string(),
  /** Why it failed. */
  error: z.string().nullable(),
});

/** What is known of one trial. */
export type Trial = z.output<typeof trialSchema>;

/** A trial that has a score. */
export type ScoredTrial = Trial & { readonly score: number };

/** Whether a trial is done and has a score. */
export function isScored(trial: Trial): trial is ScoredTrial {
  return trial.status === "done" && trial.score !== null;
}

/**
 * Trials best first. One that was trained further goes before one that was given up earlier; equal scores stand in the
 * order of their ids, so that a resumed search ranks alike.
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

/** A folder with one JSON file per trial and, while a training runs, its folder of checkpoints beside it. */
export class TrialStore {
  constructor(readonly folder: string) {}

  /** The file of a trial. */
  path(id: string): string {
    return join(this.folder, `${id}.json`);
  }

  /** The folder a trial may use for its checkpoints. */
  workFolder(id: string): string {
    return join(this.folder, id);
  }

  /** A stored trial, or null. Throws a data problem that names the file when it is not one of ours. */
  async read(id: string): Promise<Trial | null> {
    if (!(await pathExists(this.path(id)))) return null;
    const next = "Delete it: the trial is then run again";
    try {
      return trialSchema.parse(JSON.parse(await Deno.readTextFile(this.path(id))));
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

  /** Saves a trial, whole or not at all. */
  async write(trial: Trial): Promise<void> {
    await writeFileAtomic(this.path(trial.id), JSON.stringify(trial, null, 2) + "\n");
  }

  /** Removes the checkpoints of a trial. */
  async clean(id: string): Promise<void> {
    await removeIfThere(this.workFolder(id));
  }

  /** Forgets a trial. */
  async remove(id: string): Promise<void> {
    await this.clean(id);
    await removeIfThere(this.path(id));
  }
}

async function removeIfThere(path: string): Promise<void> {
  if (await pathExists(path)) await Deno.remove(path, { recursive: true });
}
