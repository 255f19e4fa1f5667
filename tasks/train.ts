import { stringify } from "@std/yaml";
import { z } from "zod";
import { formatDuration } from "../core/base/duration.ts";
import type { Output } from "../core/base/output.ts";
import { configFlags, namedExperiments } from "./_config_flags.ts";
import { interruptible } from "../core/cli/interrupt.ts";
import { runTask, type Task } from "../core/cli/task.ts";
import { type Experiment, planTraining, searchPolicies, train, type TrainPlan } from "../mod.ts";

const flags = z.strictObject({
  ...configFlags,
  fresh: z.boolean().default(false).describe("Forget what an earlier run left in train.dir"),
  dry_run: z.boolean().default(false).describe(
    "Print the resolved config and what training takes; train nothing",
  ),
});

function reportPlan(output: Output, { config }: Experiment, plan: TrainPlan): void {
  output.line(stringify(config as unknown as Record<string, unknown>));
  output.table(["estimate", "value"], [
    ["images to train on", plan.examples.train],
    ["images to validate on", plan.examples.val],
    ["parameters", plan.parameters],
    ["updates per epoch", plan.steps_per_epoch],
    ["memory", `${(plan.memory_bytes / 2 ** 30).toFixed(2)} GiB`],
    ["time per epoch", formatDuration(plan.seconds_per_epoch)],
    ["time", formatDuration(plan.seconds)],
  ]);
}

async function runOne(
  experiment: Experiment,
  { fresh, dry_run: dryRun }: z.output<typeof flags>,
  signal: AbortSignal,
): Promise<unknown> {
  const { config, path, output, isSearch } = experiment;
  if (dryRun) {
    const plan = await planTraining(experiment);
    reportPlan(output, experiment, plan);
    return { config, plan };
  }
  if (isSearch) {
    const { verdict, policies, page } = await searchPolicies(experiment, { fresh, signal });
    return { config: path, verdict, policies, page };
  }
  const { best, history, checkpoints } = await train(experiment, { fresh, signal });
  output.line(`Checkpoints are in ${checkpoints}`);
  return { config: path, best, epochs: history.length };
}

/** Trains the models of configs, one after the other. */
export const task: Task<typeof flags> = {
  name: "train",
  about: "Train the models of configs one after the other; an interrupted or killed run goes on where it was",
  examples: [
    "deno task train configs/resnet34.0.policy.yml",
    "deno task train configs/resnet34.0.policy.yml --set train.num_epochs=2 --set transform.params.size=64",
    "deno task train configs/search.yml",
    "deno task train configs/resnet34.*.policy.yml --dry-run",
  ],
  positionals: "<config> [<config> ...]",
  flags,
  async run({ flags, positionals, output }) {
    const experiments = await namedExperiments("train", { flags, positionals, output });
    const stopping = () => output.warn("stopping after this step; Ctrl-C again ends at once");
    return await interruptible(stopping, async (signal) => {
      const results = [];
      for (const experiment of experiments) results.push(await runOne(experiment, flags, signal));
      return results;
    });
  },
};

if (import.meta.main) Deno.exit(await runTask(task, Deno.args));
