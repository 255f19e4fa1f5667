import { join } from "@std/path";
import { isFolder, pathExists } from "../base/files.ts";
import { dataProblem } from "../base/problem.ts";
import { runFolder } from "../run_folder/run_folder.ts";

/** Folders that are looked at, and how far below a named one: a folder of runs has few, one of images thousands. */
const MOST_FOLDERS = 5000, DEPTH = 4;

async function foldersIn(folder: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name, isDirectory } of Deno.readDir(folder)) if (isDirectory) names.push(name);
  } catch { /* A folder that is gone or closed to us has none. */ }
  return names.sort();
}

/**
 * The run folders among these folders and below them, sorted: folders that have a history. Links to folders are not
 * followed below the named ones.
 */
export async function findRuns(folders: readonly string[]): Promise<string[]> {
  const found = new Set<string>();
  const queue = folders.map((folder) => ({ folder: join(folder).replace(/(.)[\\/]+$/, "$1"), depth: 0 }));
  // The queue grows while it is gone through.
  for (const { folder, depth } of queue) {
    if (await pathExists(runFolder(folder).history)) found.add(folder);
    if (depth === DEPTH) continue;
    const room = MOST_FOLDERS - queue.length;
    const below = (await foldersIn(folder)).slice(0, Math.max(0, room));
    queue.push(...below.map((name) => ({ folder: join(folder, name), depth: depth + 1 })));
  }
  return [...found].sort();
}

/** Throws a data problem on what is no folder. */
export async function checkFolders(folders: readonly string[]): Promise<void> {
  for (const folder of folders) {
    if (await isFolder(folder)) continue;
    throw dataProblem(
      `Cannot watch "${folder}": there is no such folder`,
      "Name folders of runs (train.dir of a config), or none for all below results/",
    );
  }
}
