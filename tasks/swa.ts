import { z } from "zod";
import { runTask, type Task } from "../core/cli/task.ts";
import { loadConfig } from "../core/config/load.ts";
import { configProblem } from "../core/base/problem.ts";
import { runAveraging } from "../core/average/average_run.ts";

const flags = z.strictObject({
  config: z.array(z.string()).default([]).describe("Config file, as a positional argument; repeatable"),
  set: z.array(z.string()).default([]).describe("Override a key of the config; repeatable"),
  num_checkpoint: z.int().min(1).default(10).describe("How many of the last checkpoints are averaged"),
  epoch_end: z.int().min(0).optional().describe("The last epoch taken; the last there is when left out"),
  output: z.string().regex(/^[\w-]+$/, "letters, digits, _ and - only").default("swa")
    .describe("First part of the file's name"),
  backend: z.string().optional().describe("Short for --set backend=..."),
});

/** Averages the weights of the last checkpoints of runs. */
export const task: Task<typeof flags> = {
  name: "swa",
  about: "Average the last checkpoints of a run: checkpoint/swa.10.040.safetensors",
  examples: [
    "deno task swa configs/resnet34.0.policy.yml",
    "deno task swa configs/resnet34.0.policy.yml --num_checkpoint=5 --epoch_end=30",
  ],
  positionals: "<config> [<config> ...]",
  flags,
  async run({ flags, positionals, output }) {
    const paths = [...flags.config, ...positionals];
    if (paths.length === 0) {
      throw configProblem("Cannot average: no config is named", "Name a YAML file of configs/");
    }
    const set = [...flags.set, ...(flags.backend === undefined ? [] : [`backend=${flags.backend}`])];
    const { num_checkpoint: count, epoch_end: epochEnd = null, output: name } = flags;
    const results = [];
    for (const path of paths) {
      const averaged = await runAveraging(await loadConfig(path, { set }), { count, epochEnd, name, output });
      output.line(`wrote ${averaged.path}, the mean of ${averaged.checkpoints.length} checkpoints`);
      results.push({ config: path, ...averaged });
    }
    return results;
  },
};

if (import.meta.main) Deno.exit(await runTask(task, Deno.args));
