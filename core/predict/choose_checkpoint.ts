import { join } from "@std/path";
import { listFiles, pathExists } from "../base/files.ts";
import { dataProblem, suggestName } from "../base/problem.ts";
import { bestCheckpoint, epochCheckpoints, type RunFolder, runFolder } from "../run_folder/run_folder.ts";

const AVERAGE = /^swa(_greedy)?\.(\d+)\.(\d+)\.safetensors$/;

/** The average with the latest last epoch; ties go to the greedy one, then to the one over most checkpoints. */
async function newestAverage(folder: RunFolder): Promise<string | null> {
  const found = (await listFiles(folder.checkpoints)).flatMap((name) => {
    const match = name.match(AVERAGE);
    if (!match) return [];
    return [{ name, greedy: match[1] ? 1 : 0, count: Number(match[2]), epoch: Number(match[3]) }];
  });
  const newest = found.sort((a, b) => a.epoch - b.epoch || a.greedy - b.greedy || a.count - b.count).at(-1);
  return newest ? join(folder.checkpoints, newest.name) : null;
}

async function namedCheckpoint(folder: RunFolder, name: string): Promise<string> {
  // Accept the file names of upstream's scripts: swa.10.040.pth.
  const stem = name.replace(/\.(safetensors|pth)$/, "");
  for (
    const path of [name, join(folder.checkpoints, name), join(folder.checkpoints, `${stem}.safetensors`)]
  ) {
    if (path.endsWith(".safetensors") && await pathExists(path)) return path;
  }
  const known = (await listFiles(folder.checkpoints)).filter((file) => file.endsWith(".safetensors"));
  throw dataProblem(
    `Cannot find the checkpoint "${name}": it is neither a file nor in "${folder.checkpoints}"; ${
      suggestName(name, known)
    }`,
    "Name one of these, or leave --checkpoint out",
  );
}

/**
 * The checkpoint to predict with: the named one (a path, or a name in the run's checkpoint folder), else the newest
 * average, else the best epoch, else the last. Throws a data problem when there is none.
 */
export async function chooseCheckpoint(trainDir: string, name?: string): Promise<string> {
  const folder = runFolder(trainDir);
  if (name !== undefined) return await namedCheckpoint(folder, name);
  const found = await newestAverage(folder) ?? (await bestCheckpoint(folder))?.path ??
    (await epochCheckpoints(folder)).at(-1)?.path;
  if (found !== undefined) return found;
  throw dataProblem(
    `Cannot predict: there is no checkpoint in "${folder.checkpoints}"`,
    "Run the train task with this config first, or name a file with --checkpoint",
  );
}
