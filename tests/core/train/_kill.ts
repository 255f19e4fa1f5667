import { pathExists } from "../../../core/base/files.ts";
import type { Random } from "../../../core/base/random.ts";

async function inode(path: string): Promise<number | null> {
  return await pathExists(path) ? (await Deno.stat(path)).ino : null;
}

/**
 * Starts a training, waits for its next resume point and a random time after it, and kills it.
 *
 * @returns whether it was killed; false when it was done before
 */
export async function killAfterSave(
  start: () => Deno.ChildProcess,
  resume: string,
  { random, longest }: { readonly random: Random; readonly longest: number },
): Promise<boolean> {
  const before = await inode(resume);
  const child = start();
  let done = false;
  const ended = child.status.then((status) => {
    done = true;
    return status;
  });
  while (!done && await inode(resume) === before) await new Promise((resolve) => setTimeout(resolve, 2));
  await new Promise((resolve) => setTimeout(resolve, random.uniform(0, longest)));
  if (!done) child.kill("SIGKILL");
  return (await ended).signal === "SIGKILL";
}
