import { join } from "@std/path";
import { Problem } from "./problem.ts";

/** The file whose lock stands for its folder. It stays there, empty: removing it would let two in. */
const LOCK_FILE = ".lock";

/** Locks an open file. On a disk that has no locks it counts as locked: work there goes on unguarded. */
async function tryLock(file: Deno.FsFile): Promise<boolean> {
  try {
    return await file.tryLock(true);
  } catch (error) {
    if (error instanceof Deno.errors.NotSupported) return true;
    throw error;
  }
}

/** What is thrown where others hold a folder's lock. */
export class HeldFolder extends Problem {
  constructor(folder: string) {
    super(
      "failed",
      `Cannot write to "${folder}": another task is writing to it`,
      "Wait until that task has ended, or stop it; or name another folder",
    );
  }
}

/** Throws a problem when the lock of an open file is held elsewhere. */
async function takeLock(file: Deno.FsFile, folder: string): Promise<void> {
  if (!(await tryLock(file))) throw new HeldFolder(folder);
}

/**
 * Does work while no other process, and no other call in this one, may do `withFolderLock` work in the same folder. The
 * system holds the lock for the open file, so that a process that dies in any way holds it no longer.
 *
 * @param folder made when it is missing
 * @throws {@link HeldFolder} (failed) at once when others hold the lock
 */
export async function withFolderLock<Result>(
  folder: string,
  work: () => Promise<Result>,
): Promise<Result> {
  await Deno.mkdir(folder, { recursive: true });
  const file = await Deno.open(join(folder, LOCK_FILE), { create: true, write: true });
  try {
    await takeLock(file, folder);
    return await work();
  } finally {
    file.close();
  }
}
