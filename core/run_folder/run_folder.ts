import { join } from "@std/path";
import { listFiles } from "../base/files.ts";
import { removeLeftParts } from "../base/part_files.ts";

const EPOCH_FILE = /^epoch_(\d+)\.safetensors$/;
const BEST_FILE = /^best_(\d+)\.safetensors$/;
const RUN_FILE = /^(epoch_\d+|best_\d+|resume|[\w-]+\.\d+\.\d+)\.safetensors$/;

/** The files of one training run. */
export interface RunFolder {
  readonly dir: string;
  /** `checkpoint/`, as in upstream. */
  readonly checkpoints: string;
  /** Resume file: weights, optimizer state, progress. */
  readonly resume: string;
  /** JSON Lines file with one record per epoch. */
  readonly history: string;
}

/** A weight checkpoint and its epoch. */
export interface EpochCheckpoint {
  readonly epoch: number;
  readonly path: string;
}

/** The paths of a run below `train.dir`. */
export function runFolder(dir: string): RunFolder {
  const checkpoints = join(dir, "checkpoint");
  return {
    dir,
    checkpoints,
    resume: join(checkpoints, "resume.safetensors"),
    history: join(dir, "history.jsonl"),
  };
}

/** The path of an epoch's checkpoint. */
export function epochPath(folder: RunFolder, epoch: number): string {
  return join(folder.checkpoints, `epoch_${String(epoch).padStart(4, "0")}.safetensors`);
}

/** The path of the best epoch's checkpoint. */
export function bestPath(folder: RunFolder, epoch: number): string {
  return join(folder.checkpoints, `best_${String(epoch).padStart(4, "0")}.safetensors`);
}

async function listMatching(folder: RunFolder, pattern: RegExp): Promise<EpochCheckpoint[]> {
  const found: EpochCheckpoint[] = [];
  for (const name of await listFiles(folder.checkpoints)) {
    const match = name.match(pattern);
    if (match) found.push({ epoch: Number(match[1]), path: join(folder.checkpoints, name) });
  }
  return found.sort((a, b) => a.epoch - b.epoch);
}

/** The epoch checkpoints, oldest first. */
export async function epochCheckpoints(folder: RunFolder): Promise<EpochCheckpoint[]> {
  return await listMatching(folder, EPOCH_FILE);
}

/** The checkpoint of the best epoch, or null. */
export async function bestCheckpoint(folder: RunFolder): Promise<EpochCheckpoint | null> {
  return (await listMatching(folder, BEST_FILE)).at(-1) ?? null;
}

/** Deletes all epoch checkpoints but the last `keep`, and all best checkpoints but that of epoch `best`. */
export async function pruneCheckpoints(
  folder: RunFolder,
  { keep, best }: { readonly keep: number; readonly best: number },
): Promise<void> {
  const old = (await epochCheckpoints(folder)).slice(0, -keep);
  const beaten = (await listMatching(folder, BEST_FILE)).filter(({ epoch }) => epoch !== best);
  for (const { path } of [...old, ...beaten]) await Deno.remove(path);
}

/** Deletes the temporary files of checkpoints that a killed run left. */
export async function removeHalfWritten(folder: RunFolder): Promise<void> {
  await removeLeftParts(folder.checkpoints, (name) => RUN_FILE.test(name));
}

/** Deletes the files of an earlier run: checkpoints, averages, history and events. Other files are kept. */
export async function clearRun(folder: RunFolder): Promise<void> {
  for (const name of await listFiles(folder.checkpoints)) {
    if (RUN_FILE.test(name)) await Deno.remove(join(folder.checkpoints, name));
  }
  for (const name of await listFiles(folder.dir)) {
    const ours = name === "history.jsonl" || name.startsWith("events.out.tfevents.");
    if (ours) await Deno.remove(join(folder.dir, name));
  }
}
