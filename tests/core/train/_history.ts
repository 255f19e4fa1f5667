import { join } from "@std/path";
import type { EpochRecord } from "../../../core/train/types.ts";

/** The records of a run's history.jsonl as they are there. */
export async function recordsOf(dir: string): Promise<EpochRecord[]> {
  const lines = (await Deno.readTextFile(join(dir, "history.jsonl"))).split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as EpochRecord);
}
