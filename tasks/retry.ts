import { z } from "zod";
import { runTask, type Task } from "../core/cli/task.ts";
import { retryUnits } from "../core/queue/change_units.ts";
import { openQueue } from "../core/queue/open_queue.ts";
import { chosenUnits, namedQueue, queueFlag } from "./_queue_flags.ts";

const flags = z.strictObject({
  ...queueFlag,
  failed: z.boolean().default(false).describe("All that have failed or were cancelled"),
});

/** Lets units of a queue be run again. */
export const task: Task<typeof flags> = {
  name: "retry",
  about: "Let units of a queue that have failed or were cancelled be run again",
  examples: [
    "deno task retry --queue=redis://localhost:6379 train-0123456789abcdef",
    "deno task retry --queue=redis://localhost:6379 --failed",
  ],
  positionals: "[<unit> ...]",
  flags,
  async run({ flags, positionals, output }) {
    const chosen = chosenUnits(positionals, { flag: "--failed", all: flags.failed });
    const queue = await openQueue(namedQueue("retry", flags), { output });
    const units = await retryUnits(queue, chosen);
    output.line(
      `${units.length} unit${units.length === 1 ? "" : "s"} to be run again${
        units.map((id) => `\n  ${id}`).join("")
      }`,
    );
    return units;
  },
};

if (import.meta.main) Deno.exit(await runTask(task, Deno.args));
