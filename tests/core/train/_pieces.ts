import { assert } from "@std/assert";
import { join } from "@std/path";
import { listFiles } from "../../../core/base/files.ts";
import { Problem } from "../../../core/base/problem.ts";
import { trainModel } from "../../../core/train/train_model.ts";
import type { TrainOptions } from "../../../core/train/types.ts";
import { signalOf } from "./_tiny.ts";

/** Ends a training at every seventh look at the signal and takes it up again. */
export async function trainInPieces(options: TrainOptions): Promise<void> {
  for (let attempt = 0; attempt < 50; attempt++) {
    let looks = 0;
    const signal = signalOf(() => ++looks > 7);
    try {
      return void await trainModel({ ...options, signal });
    } catch (error) {
      assert(error instanceof Problem && error.kind === "interrupted", String(error));
    }
  }
  throw new Error("no progress");
}

/** Hashes of a run's checkpoints, without the resume file: it holds the length of the event file, whose records carry times. */
export async function checkpointHashes(dir: string): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {};
  for (const name of await listFiles(join(dir, "checkpoint"))) {
    if (name.startsWith("resume")) continue;
    const bytes = await Deno.readFile(join(dir, "checkpoint", name));
    hashes[name] = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  }
  return hashes;
}
