import { resolve } from "@std/path";
import { z } from "zod";
import { configProblem } from "../core/base/problem.ts";
import { configFlags, namedExperiments } from "./_config_flags.ts";
import { runTask, type Task } from "../core/cli/task.ts";
import { type Experiment, infer, MERGE_RULES } from "../mod.ts";

const SPLITS = ["test", "test_val", "val", "train"] as const;

const flags = z.strictObject({
  ...configFlags,
  num_tta: z.enum(["1", "2", "4", "8", "auto"], "it must be 1, 2, 4, 8 or auto").optional().describe(
    "Views of each image: 1, 2 (also mirrored), 4 (flips), 8 (also transposed), or auto for those that score best on " +
      "val; when left out, the flips that training showed",
  ),
  tta_zooms: z.array(z.coerce.number().min(1)).default([]).describe(
    "Also views of the middle, enlarged by this factor: 1.2; repeatable",
  ),
  tta_corners: z.number().min(0).max(0.99).default(0).describe(
    "Also views of the four corners, each this share of the sides: 0.8; 0: none",
  ),
  tta_merge: z.enum(MERGE_RULES).default("mean").describe(
    "How views become one: mean, gmean (geometric) or rank",
  ),
  tta_stop: z.number().gt(0).lt(1).optional().describe(
    "Leave out views that cannot change which classes are above this threshold, or with one label which class leads",
  ),
  split: z.enum(SPLITS).default("test").describe("What to predict: test, test_val, val or train"),
  checkpoint: z.string().optional().describe(
    "File, or its name in the run's folder; newest average, best or last",
  ),
  output: z.string().optional().describe(
    "Prediction file; when left out inferences/<run>.<split>.csv, <run> being the run's path below results/",
  ),
});

/** Throws a config problem where the predictions of two configs would be written to one file. */
function checkPaths(experiments: readonly Experiment[], output: string | undefined): void {
  if (experiments.length > 1 && output !== undefined) {
    throw configProblem(
      "Cannot write the predictions of several configs to one --output",
      "Leave --output out",
    );
  }
  const owners = new Map<string, string>();
  for (const { path, config: { train: { dir } } } of experiments) {
    const folder = resolve(dir), other = owners.get(folder);
    if (other !== undefined) {
      throw configProblem(
        `Cannot predict with "${other}" and "${path}" at once: both name the run "${dir}", so that the predictions of one would replace those of the other`,
        "Name one of them, or predict one after the other with --output",
      );
    }
    owners.set(folder, path);
  }
}

/** Predicts class probabilities. */
export const task: Task<typeof flags> = {
  name: "inference",
  about: "Predict class probabilities of a split with test-time augmentation, one row an Id",
  examples: [
    "deno task inference configs/resnet34.0.policy.yml",
    "deno task inference --config=configs/resnet34.0.policy.yml --num_tta=8 --split=test_val " +
    "--output=inferences/resnet34.0.test_val.csv",
    "deno task inference configs/resnet34.0.policy.yml --checkpoint=swa.10.040",
    "deno task inference configs/resnet34.0.policy.yml --num_tta=auto",
  ],
  positionals: "<config> [<config> ...]",
  flags,
  async run({ flags, positionals, output }) {
    const experiments = await namedExperiments("predict", { flags, positionals, output });
    const { split, checkpoint, tta_merge: merge, tta_stop: stop, output: path } = flags;
    checkPaths(experiments, path);
    const orientations = flags.num_tta === "auto" || flags.num_tta === undefined
      ? flags.num_tta
      : Number(flags.num_tta);
    const views = { orientations, zooms: flags.tta_zooms, corners: flags.tta_corners };
    const results = [];
    for (const experiment of experiments) {
      const result = await infer(experiment, { split, views, merge, stop, checkpoint, path });
      output.line(`wrote ${result.path}`);
      results.push(result);
    }
    return results;
  },
};

if (import.meta.main) Deno.exit(await runTask(task, Deno.args));
