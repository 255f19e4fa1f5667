import { z } from "zod";
import { configProblem } from "../core/base/problem.ts";

/** The flag of tasks that need a queue. */
export const queueFlag = {
  queue: z.string().optional().describe(
    "The queue: redis://host:6379/0, valkey://... or postgres://user@host/database",
  ),
};

/** The queue that a flag names. Throws a config problem when it is left out. */
export function namedQueue(task: string, { queue }: { readonly queue?: string | undefined }): string {
  if (queue !== undefined) return queue;
  throw configProblem(
    "--queue is missing",
    `Name the queue: deno task ${task} --queue=redis://localhost:6379`,
  );
}

/** The units that a command names, or "all" by a flag. Throws a config problem when it is neither or both. */
export function chosenUnits(
  ids: readonly string[],
  { flag, all }: { readonly flag: string; readonly all: boolean },
): readonly string[] | "all" {
  if (all === (ids.length > 0)) {
    throw configProblem(`Name units, or say ${flag}`, "deno task status --json names the ids");
  }
  return all ? "all" : ids;
}
