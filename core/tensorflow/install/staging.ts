import { createHash } from "node:crypto";
import { dirname, join } from "@std/path";
import { pathExists, writeFileAtomic } from "../../base/files.ts";
import { flushFile, writeAll } from "../../base/part_files.ts";
import type { Output } from "../../base/output.ts";
import { dataProblem, isDataProblem, Problem } from "../../base/problem.ts";
import { entryPath } from "../../formats/entry_path.ts";
import { changeOf, type Installed, type InstalledFile, readInstalled, RECORD_FILE } from "./installed.ts";

/** Receives the progress of downloading and unpacking, in bytes. */
export interface ByteProgress {
  /** A new file of so many bytes; 0 when that is not known. */
  begin(label: string, total: number): void;
  add(count: number): void;
}

/** Discards the progress. */
export const SILENT: ByteProgress = { begin: () => {}, add: () => {} };

/** Where an install says what it does. */
export interface Reports {
  readonly output: Output;
  readonly progress: ByteProgress;
}

/** A file that has been written; its path is below the staging folder. */
export type StagedFile = Omit<InstalledFile, "changed">;

/** What an install says of itself beside its files. */
export type InstallNote = Omit<Installed, "files">;

/** What installs make in the install folder, and what earlier layouts had there. */
const OURS = /^(staging(-\d+)?|install-\d+|tensorflow|lib|nvidia|installed\.json\..*\.part)$/;

async function createFile(place: string, path: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(place, { write: true, createNew: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    throw dataProblem(
      `Cannot install: "${path}" comes twice`,
      "Do not use this file: take it from a source that you trust",
    );
  }
}

/**
 * A folder inside the install folder where files are collected and checked. Taking their place is one rename of the
 * record, so that an install which is stopped leaves the old libraries, and what it has collected is removed by the
 * next.
 */
export class Staging {
  readonly files: StagedFile[] = [];
  readonly folder: string;

  constructor(readonly target: string) {
    this.folder = join(target, "staging");
  }

  /** Writes one file from pieces and returns its hash. */
  async write(
    name: string,
    pieces: AsyncIterable<Uint8Array>,
    onBytes: (count: number) => void = () => {},
  ): Promise<StagedFile> {
    const path = entryPath(name);
    const place = join(this.folder, path);
    await Deno.mkdir(dirname(place), { recursive: true });
    const hash = createHash("sha256");
    const file = await createFile(place, path);
    let bytes = 0;
    try {
      for await (const piece of pieces) {
        hash.update(piece);
        await writeAll(file, piece, place);
        bytes += piece.length;
        onBytes(piece.length);
      }
      await flushFile(file, place);
    } finally {
      file.close();
    }
    const staged = { path, bytes, sha256: hash.digest("hex") };
    this.files.push(staged);
    return staged;
  }

  /** Gives a staged file another name. */
  async rename(from: string, to: string): Promise<void> {
    if (from === to) return;
    const index = this.files.findIndex(({ path }) => path === from);
    await Deno.rename(join(this.folder, from), join(this.folder, to));
    this.files[index] = { ...this.files[index]!, path: to };
  }

  /** Removes a staged file that is not wanted after all. */
  async drop(path: string): Promise<void> {
    await Deno.remove(join(this.folder, path));
    this.files.splice(this.files.findIndex((file) => file.path === path), 1);
  }

  /** Puts everything into place; the record says so. */
  async commit(note: InstallNote): Promise<Installed> {
    const room = await unusedRoom(this.target);
    await Deno.rename(this.folder, join(this.target, room));
    const files = await Promise.all(this.files.map(async (file): Promise<InstalledFile> => {
      const changed = changeOf(await Deno.stat(join(this.target, room, file.path)));
      return { ...file, path: join(room, file.path), changed };
    }));
    const installed = { ...note, library: join(room, note.library), files };
    await writeFileAtomic(join(this.target, RECORD_FILE), JSON.stringify(installed, null, 2) + "\n");
    return installed;
  }
}

async function unusedRoom(target: string): Promise<string> {
  let number = 1;
  while (await pathExists(join(target, `install-${number}`))) number++;
  return `install-${number}`;
}

/** Removes what installs have made, except what is kept. */
async function clean(target: string, kept: readonly string[]): Promise<void> {
  for await (const { name } of Deno.readDir(target)) {
    if (OURS.test(name) && !kept.includes(name)) await Deno.remove(join(target, name), { recursive: true });
  }
}

/** Takes the lock of an install folder. The system takes it back when the process ends, however it ends. */
async function lock(target: string): Promise<Deno.FsFile> {
  const file = await Deno.open(join(target, "lock"), { write: true, create: true });
  if (await file.tryLock(true)) return file;
  file.close();
  throw new Problem(
    "failed",
    `Cannot install into "${target}": another install is running there`,
    "Wait until it has ended",
  );
}

/** The folders that the record of an install folder speaks of; none when it has no record that can be read. */
async function recordedRooms(target: string): Promise<string[]> {
  try {
    return (await readInstalled(target))?.files.map(({ path }) => path.split("/")[0]!) ?? [];
  } catch (error) {
    if (isDataProblem(error)) return [];
    throw error;
  }
}

/** Gives an empty staging folder to `body`, alone; all that is not in its place afterwards is removed. */
export async function withStaging<Value>(
  target: string,
  body: (staging: Staging) => Promise<Value>,
): Promise<Value> {
  await Deno.mkdir(target, { recursive: true });
  const held = await lock(target);
  const staging = new Staging(target);
  try {
    await clean(target, await recordedRooms(target));
    await Deno.mkdir(staging.folder);
    return await body(staging);
  } finally {
    await clean(target, await recordedRooms(target));
    held.close();
  }
}
