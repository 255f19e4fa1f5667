import { z } from "zod";
import { configFlags, namedExperiments } from "./_config_flags.ts";
import { runTask, type Task } from "../core/cli/task.ts";
import { averageWeights } from "../mod.ts";

const flags = z.strictObject({
  ...configFlags,
  num_checkpoint: z.int().min(1).default(10).describe("How many of the last checkpoints are averaged"),
  epoch_end: z.int().min(0).optional().describe("The last epoch taken; the last there is when left out"),
  output: z.string().regex(/^[\w-]+$/, "letters, digits, _ and - only").default("swa")
    .describe("First part of the file's name"),
  greedy: z.boolean().default(false).describe(
    "Take the best first, then only those by which train.metric on the validation split does not fall",
  ),
});

/** Averages the weights of the last checkpoints of runs. */
export const task: Task<typeof flags> = {
  name: "swa",
  about: "Average the last checkpoints of a run: checkpoint/swa.10.040.safetensors",
  examples: [
    "deno task swa configs/resnet34.0.policy.yml",
    "deno task swa configs/resnet34.0.policy.yml --num_checkpoint=5 --epoch_end=30",
    "deno task swa configs/resnet34.0.policy.yml --greedy",
  ],
  positionals: "<config> [<config> ...]",
  flags,
  async run({ flags, positionals, output }) {
    const { num_checkpoint: count, epoch_end: epochEnd = null, output: name, greedy } = flags;
    const results = [];
    for (const experiment of await namedExperiments("average", { flags, positionals, output })) {
      const averaged = await averageWeights(experiment, { count, epochEnd, name, greedy });
      const { length } = averaged.checkpoints;
      output.line(`wrote ${averaged.path}, the mean of ${length} checkpoint${length === 1 ? "" : "s"}`);
      results.push({ config: experiment.path, ...averaged });
    }
    return results;
  },
};

if (import.meta.main) Deno.exit(await runTask(task, Deno.args));
