import { basename, join } from "@std/path";
import { readCheckpointFile } from "../../core/run_folder/checkpoint.ts";
import { outputsOf } from "./_chain.ts";

/** Files that are appended to, whose end may be cut off, and those that SQLite keeps whole by itself. */
const APPENDED = /history\.jsonl$|^events$|\.sqlite(?:-wal|-shm)?$/;

async function assertWhole(path: string, content: string): Promise<void> {
  const name = basename(path);
  if (name.endsWith(".json")) JSON.parse(content);
  else if (name.endsWith(".safetensors")) await readCheckpointFile(path, "");
  else throw new Error(`${path} is half-written`);
}

/**
 * Fails when a file of a folder is neither in one of the `known` states, such as before and after an undisturbed run, nor a
 * whole one from in between.
 */
export async function assertAllWhole(
  folder: string,
  known: readonly ReadonlyMap<string, string>[],
): Promise<void> {
  for (const [path, content] of await outputsOf(folder)) {
    const isKnown = known.some((outputs) => outputs.get(path) === content);
    if (!isKnown && !APPENDED.test(basename(path))) await assertWhole(join(folder, path), content);
  }
}
