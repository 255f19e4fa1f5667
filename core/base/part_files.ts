import { basename, dirname, join } from "@std/path";
import { failedWhile } from "./problem.ts";

/** A file that is being written, or was when its process died: the name it is to have, and the process. */
const PART = /^(.+)\.\d+\.part$/;

/** Locks a file so that other processes see that it is being written; some network file systems have no locks. */
async function holdPart(file: Deno.FsFile): Promise<void> {
  try {
    await file.lock(true);
  } catch {
    /* It is then taken for left over by another process that writes the same file at the same time. */
  }
}

/** Removes a part whose process is gone: nobody holds its lock. */
async function removeUnheld(path: string): Promise<void> {
  try {
    using file = await Deno.open(path, { read: true, write: true });
    if (await file.tryLock(true)) await Deno.remove(path);
  } catch { /* It is gone already, or must not be opened: then it is no part of ours. */ }
}

/**
 * Removes what killed processes left of files that they were writing in a folder; what a running process writes stays.
 *
 * @param isOurs whether a file of that name is one of those written there
 */
export async function removeLeftParts(folder: string, isOurs: (name: string) => boolean): Promise<void> {
  const left: string[] = [];
  try {
    for await (const { name } of Deno.readDir(folder)) {
      const written = name.match(PART)?.[1];
      if (written !== undefined && isOurs(written)) left.push(join(folder, name));
    }
  } catch { /* A folder that is not there or cannot be listed has nothing that could be removed. */ }
  for (const path of left) await removeUnheld(path);
}

async function removeIfThere(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch { /* The error that ended the writing is the one to tell. */ }
}

/**
 * Writes a file so that it is there whole or not at all: under a temporary name, flushed, renamed. Nothing is left when
 * writing fails, and what a killed process left of the same file is removed.
 */
export async function writeWhole<Result>(
  path: string,
  write: (file: Deno.FsFile) => Promise<Result>,
): Promise<Result> {
  const folder = dirname(path), temporary = `${path}.${Deno.pid}.part`;
  await Deno.mkdir(folder, { recursive: true });
  await removeLeftParts(folder, (name) => name === basename(path));
  using file = await Deno.open(temporary, { write: true, create: true, truncate: true });
  try {
    await holdPart(file);
    const result = await write(file);
    await flushFile(file, path);
    // Before the lock ends with the file: else another process could remove it as left over.
    await Deno.rename(temporary, path);
    return result;
  } catch (error) {
    await removeIfThere(temporary);
    throw error;
  }
}

/** Does what writes to an open file; an error names the file, which the system's own does not. */
async function naming(path: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    throw failedWhile(`Cannot write "${path}"`, error);
  }
}

/**
 * Writes all bytes: a single write may take only a part of them.
 *
 * @param path what an error calls the file
 */
export async function writeAll(file: Deno.FsFile, bytes: Uint8Array, path: string): Promise<void> {
  await naming(path, async () => {
    for (let written = 0; written < bytes.length;) written += await file.write(bytes.subarray(written));
  });
}

/**
 * Waits until the disk has what was written.
 *
 * @param path what an error calls the file
 */
export async function flushFile(file: Deno.FsFile, path: string): Promise<void> {
  await naming(path, () => file.sync());
}
