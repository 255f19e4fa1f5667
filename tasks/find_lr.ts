import { z } from "zod";
import { configFlags, namedExperiment } from "./_config_flags.ts";
import { runTask, type Task } from "../core/cli/task.ts";
import { findLearningRate } from "../mod.ts";

const flags = z.strictObject({
  ...configFlags,
  steps: z.int().min(10).default(100).describe("Updates, one learning rate each"),
  from: z.number().gt(0).default(1e-7).describe("Lowest learning rate"),
  to: z.number().gt(0).default(10).describe("Highest learning rate"),
});

/** Tries learning rates from low to high and suggests one. */
export const task: Task<typeof flags> = {
  name: "find_lr",
  about: "Try learning rates from low to high, suggest one and plot the loss: find_lr.html in train.dir",
  examples: [
    "deno task find_lr configs/resnet34.0.policy.yml",
    "deno task find_lr configs/resnet34.0.policy.yml --steps=60 --from=1e-5 --to=1",
  ],
  positionals: "<config>",
  flags,
  async run({ flags, positionals, output }) {
    const experiment = await namedExperiment("search rates", { flags, positionals, output });
    const { steps, from, to } = flags;
    const found = await findLearningRate(experiment, { steps, from, to });
    output.line(
      `Try optimizer.params.lr=${
        found.valley.toPrecision(2)
      }, in the valley of the loss; plot in ${found.page}`,
    );
    output.line(`The loss falls fastest at ${found.steepest.toPrecision(2)}`);
    return found;
  },
};

if (import.meta.main) Deno.exit(await runTask(task, Deno.args));
