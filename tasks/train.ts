import { stringify } from "@std/yaml";
import { z } from "zod";
import type { Output } from "../core/base/output.ts";
import { runTask, type Task } from "../core/cli/task.ts";
import { loadConfig, type LoadedConfig } from "../core/config/load.ts";
import { configProblem } from "../core/base/problem.ts";
import { formatDuration } from "../core/base/duration.ts";
import { runSearch } from "../core/search/run.ts";
import { SignalInterrupt } from "../core/train/interrupt.ts";
import type { TrainPlan } from "../core/train/plan.ts";
import { isSearch, planConfig, runTraining } from "../core/train/run_training.ts";

const flags = z.strictObject({
  config: z.array(z.string()).default([]).describe("Config file, as a positional argument; repeatable"),
  set: z.array(z.string()).default([]).describe(
    "Override a key of the config: train.num_epochs=2; repeatable",
  ),
  fresh: z.boolean().default(false).describe("Forget what an earlier run left in train.dir"),
  dry_run: z.boolean().default(false).describe(
    "Print the resolved config and what training takes; train nothing",
  ),
  backend: z.string().optional().describe("Short for --set backend=..."),
});

function reportPlan(output: Output, { config }: LoadedConfig, plan: TrainPlan): void {
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
    const paths = [...flags.config, ...positionals];
    if (paths.length === 0) {
      throw configProblem("Cannot train: no config is named", "Name a YAML file of configs/");
    }
    const set = [...flags.set, ...(flags.backend === undefined ? [] : [`backend=${flags.backend}`])];
    const loaded = [];
    for (const path of paths) loaded.push(await loadConfig(path, { set }));
    const interrupt = new SignalInterrupt(() =>
      output.warn("stopping after this step; Ctrl-C again ends at once")
    );
    const results = [];
    try {
      for (const experiment of loaded) {
        const request = { output, fresh: flags.fresh, interrupt };
        if (flags.dry_run) {
          const plan = await planConfig(experiment, request);
          reportPlan(output, experiment, plan);
          results.push({ config: experiment.config, plan });
        } else if (isSearch(experiment.config)) {
          const { verdict, policies, page } = await runSearch({ ...experiment, ...request });
          results.push({ config: experiment.path, verdict, policies, page });
        } else {
          const result = await runTraining(experiment, request);
          output.line(`Checkpoints are in ${result.checkpoints}`);
          results.push({ config: experiment.path, best: result.best, epochs: result.history.length });
        }
      }
    } finally {
      interrupt.close();
    }
    return results;
  },
};

if (import.meta.main) Deno.exit(await runTask(task, Deno.args));
