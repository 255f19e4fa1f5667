import { join } from "@std/path";
import { z } from "zod";
import { runTask, type Task } from "../core/cli/task.ts";
import { loadConfig } from "../core/config/load.ts";
import { writeFileAtomic } from "../core/base/files.ts";
import { configProblem } from "../core/base/problem.ts";
import { findRate } from "../core/rate/find_rate.ts";
import { checkWritable } from "../core/train/plan.ts";
import { ratePage } from "../core/rate/rate_page.ts";
import { openTraining } from "../core/train/run_training.ts";

const flags = z.strictObject({
  config: z.string().optional().describe("Config file, as a positional argument"),
  set: z.array(z.string()).default([]).describe("Override a key of the config; repeatable"),
  steps: z.int().min(10).default(100).describe("Updates, one learning rate each"),
  from: z.number().gt(0).default(1e-7).describe("Lowest learning rate"),
  to: z.number().gt(0).default(10).describe("Highest learning rate"),
  backend: z.string().optional().describe("Short for --set backend=..."),
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
    const path = flags.config ?? positionals[0];
    if (path === undefined) {
      throw configProblem("Cannot search: no config is named", "Name a YAML file of configs/");
    }
    if (flags.from >= flags.to) throw configProblem(`--from ${flags.from} is not below --to ${flags.to}`);
    const set = [...flags.set, ...(flags.backend === undefined ? [] : [`backend=${flags.backend}`])];
    const loaded = await loadConfig(path, { set });
    const { dir } = loaded.config.train;
    await checkWritable(dir);
    const { steps, from, to } = flags;
    const found = await findRate(await openTraining(loaded, { output, fresh: false }), { steps, from, to });
    const page = join(dir, "find_lr.html");
    await writeFileAtomic(page, ratePage(`Learning rates for ${path}`, found));
    output.line(
      `Try optimizer.params.lr=${found.valley.toPrecision(2)}, in the valley of the loss; plot in ${page}`,
    );
    output.line(`The loss falls fastest at ${found.steepest.toPrecision(2)}`);
    return { ...found, page };
  },
};

if (import.meta.main) Deno.exit(await runTask(task, Deno.args));
