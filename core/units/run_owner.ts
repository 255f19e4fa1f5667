import { join } from "@std/path";
import { pathExists } from "../base/files.ts";
import { withFolderLock } from "../base/folder_lock.ts";
import { configProblem } from "../base/problem.ts";
import { clearRun, epochCheckpoints, runFolder } from "../run_folder/run_folder.ts";

/** The file in a run's folder that names the unit which trained the run. */
export const OWNER_FILE = ".unit";

async function readOwner(path: string): Promise<string | null> {
  return await pathExists(path) ? (await Deno.readTextFile(path)).trim() : null;
}

async function holdsRun(dir: string): Promise<boolean> {
  const folder = runFolder(dir);
  return await pathExists(folder.history) || await pathExists(folder.resume) ||
    (await epochCheckpoints(folder)).length > 0;
}

/** Makes an empty folder a unit's; false where another process was faster. */
async function ownEmpty(marker: string, unit: string): Promise<boolean> {
  try {
    await Deno.writeTextFile(marker, unit + "\n", { createNew: true });
    return true;
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    return false;
  }
}

/**
 * Makes `train.dir` the folder of the run that a unit trains, here or elsewhere: what an earlier plan's unit left there is
 * removed, so that files of two runs are never mixed. It stays in the earlier unit's store.
 *
 * @param unit id of the unit that trains the run
 * @throws a config problem where the folder holds a run that no unit trained, which would be lost
 */
export async function ownRun(dir: string, unit: string): Promise<void> {
  const marker = join(dir, OWNER_FILE);
  const owner = await readOwner(marker);
  if (owner === unit) return;
  if (owner === null && await holdsRun(dir)) {
    throw configProblem(
      `Cannot use the folder "${dir}" for ${unit}: it holds a run that the train task made, which would be lost`,
      `Move or remove "${dir}", or plan with another train.dir`,
    );
  }
  await Deno.mkdir(dir, { recursive: true });
  if (owner === null && (await ownEmpty(marker, unit) || await readOwner(marker) === unit)) return;
  await withFolderLock(dir, async () => {
    if (await readOwner(marker) === unit) return;
    await clearRun(runFolder(dir));
    await Deno.writeTextFile(marker, unit + "\n");
  });
}
