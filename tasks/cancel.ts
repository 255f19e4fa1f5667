import { z } from "zod";
import { runTask, type Task } from "../core/cli/task.ts";
import { cancelUnits } from "../core/queue/change_units.ts";
import { openQueue } from "../core/queue/open_queue.ts";
import { chosenUnits, namedQueue, queueFlag } from "./_queue_flags.ts";

const flags = z.strictObject({
  ...queueFlag,
  all: z.boolean().default(false).describe("All that have not ended"),
});

/** Cancels units of a queue. */
export const task: Task<typeof flags> = {
  name: "cancel",
  about: "Cancel units of a queue: those that run end within seconds, the others are not begun",
  examples: [
    "deno task cancel --queue=redis://localhost:6379 train-0123456789abcdef",
    "deno task cancel --queue=redis://localhost:6379 --all",
  ],
  positionals: "[<unit> ...]",
  flags,
  async run({ flags, positionals, output }) {
    const chosen = chosenUnits(positionals, { flag: "--all", all: flags.all });
    const queue = await openQueue(namedQueue("cancel", flags), { output });
    const units = await cancelUnits(queue, chosen);
    output.line(
      `${units.length} unit${units.length === 1 ? "" : "s"} cancelled${
        units.map((id) => `\n  ${id}`).join("")
      }`,
    );
    return units;
  },
};

if (import.meta.main) Deno.exit(await runTask(task, Deno.args));
