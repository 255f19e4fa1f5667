import { z } from "zod";
import { runTask, type Task } from "../core/cli/task.ts";
import { watchRuns } from "../core/watch/watch_runs.ts";

/** Where trainings write by habit. */
const RESULTS = "results";

const flags = z.strictObject({
  port: z.int().min(0).max(65535).default(6007).describe("Port to listen on; 0: any that is free"),
});

/** Shows trainings in a browser while they run. */
export const task: Task<typeof flags> = {
  name: "watch",
  about:
    "Show trainings in a browser of this machine while they run: curves, time left, warnings; Ctrl-C ends it",
  examples: [
    "deno task watch",
    "deno task watch results/resnet34.0.policy results/resnet34.1.policy --port=8000",
  ],
  positionals: "[<run folder> ...]",
  flags,
  async run({ flags, positionals, output }) {
    const folders = positionals.length === 0 ? [RESULTS] : positionals;
    const { url, runs, finished } = await watchRuns({ folders, port: flags.port });
    output.line(`${runs.length} run${runs.length === 1 ? "" : "s"} in ${folders.join(", ")}: ${url}`);
    await finished;
  },
};

if (import.meta.main) Deno.exit(await runTask(task, Deno.args));
