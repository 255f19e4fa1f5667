import { z } from "zod";
import { configProblem } from "../core/base/problem.ts";
import { interruptible } from "../core/cli/interrupt.ts";
import { runTask, type Task } from "../core/cli/task.ts";
import { loadExperiment, searchPolicies } from "../mod.ts";

const flags = z.strictObject({
  config: z.string().default("configs/search.yml").describe(
    "Config of the search; may stand without the flag",
  ),
  set: z.array(z.string()).default([]).describe(
    "Override of a config key, as train.num_epochs=10; repeatable",
  ),
  fresh: z.boolean().default(false).describe("Forget earlier trials"),
  trial: z.int().min(0).optional().describe(
    "Run this trial again and no other; 0 is the one without a policy",
  ),
  format: z.enum(["json", "python"]).default("json").describe(
    "How best_policy.data is written: JSON, or upstream's Python literal",
  ),
});

/** Searches augmentation policies. */
export const task: Task<typeof flags> = {
  name: "search",
  about: "Search augmentation policies: best_policy.data, one file per trial, search.html",
  examples: [
    "deno task search configs/search.yml",
    "deno task search configs/search.yml --set search.method=density_matching",
    "deno task search configs/search.yml --trial=7",
  ],
  positionals: "[config.yml]",
  flags,
  async run({ flags: { config: named, set, fresh, trial, format }, positionals, output }) {
    if (positionals.length > 1) {
      throw configProblem("Cannot search under several configs at once", "Name one");
    }
    const experiment = await loadExperiment(positionals[0] ?? named, { set, output });
    const stopping = () => output.line("stopping after this step; the trial is kept");
    return await interruptible(stopping, (signal) => {
      const request = { fresh, format, signal, ...(trial !== undefined && { trial }) };
      return searchPolicies(experiment, request);
    });
  },
};

if (import.meta.main) Deno.exit(await runTask(task, Deno.args));
