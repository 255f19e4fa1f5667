import { join } from "@std/path";

/** Milliseconds after which nobody writes to a file any more that was begun and never got its name. */
const LEFT_OVER = 24 * 3600 * 1000;

/** Removes a file, unless another process has done so. */
export async function removeIfThere(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/**
 * Removes what machines that died left in a folder of unfinished files. Age decides, since locks and process numbers mean
 * nothing to other machines.
 */
export async function removeOldParts(folder: string): Promise<void> {
  for await (const { name } of Deno.readDir(folder)) {
    const path = join(folder, name);
    const modified = await Deno.stat(path).then(({ mtime }) => mtime, () => null);
    if (modified !== null && modified.getTime() < Date.now() - LEFT_OVER) await removeIfThere(path);
  }
}
