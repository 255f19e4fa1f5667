import { z } from "zod";
import { configProblem } from "../core/base/problem.ts";
import { runTask, type Task } from "../core/cli/task.ts";
import { extractFeatures } from "../mod.ts";
import { configFlags, namedExperiments } from "./_config_flags.ts";

const SPLITS = ["train", "val", "test_val", "test"] as const;

const flags = z.strictObject({
  ...configFlags,
  split: z.array(z.enum(SPLITS)).default([...SPLITS]).describe(
    "What to extract: train, val, test_val or test; repeatable, all when left out",
  ),
  weights: z.string().optional().describe(
    "Pretrained weights in place of a checkpoint: a safetensors or PyTorch file, or hf:<organisation>/<name>",
  ),
  checkpoint: z.string().optional().describe(
    "File, or its name in the run's folder; newest average, best or last",
  ),
  num_tta: z.enum(["1", "2", "4", "8"], "it must be 1, 2, 4 or 8").default("1").describe(
    "Views of each image, whose features are averaged: 1, 2 (also mirrored), 4 (flips) or 8 (also transposed)",
  ),
  output: z.string().optional().describe(
    "Feature file of one split; when left out inferences/<run>.<split>.features.safetensors",
  ),
});

/** Writes pooled features. */
export const task: Task<typeof flags> = {
  name: "extract",
  about: "Write the features that a frozen network pools from images in front of its classifier, by Id",
  examples: [
    "deno task extract configs/resnet34.0.policy.yml --weights=hf:timm/resnet34.a1_in1k",
    "deno task extract configs/resnet34.0.policy.yml --split=test --num_tta=4 --output=inferences/mine.safetensors",
  ],
  positionals: "<config> [<config> ...]",
  flags,
  async run({ flags, positionals, output }) {
    const experiments = await namedExperiments("extract features", { flags, positionals, output });
    const { split: splits, weights, checkpoint, num_tta, output: path } = flags;
    if (experiments.length > 1 && path !== undefined) {
      throw configProblem(
        "Cannot write the features of several configs to one --output",
        "Leave --output out",
      );
    }
    const views = { orientations: Number(num_tta) }, results = [];
    for (const experiment of experiments) {
      const written = await extractFeatures(experiment, { splits, views, weights, checkpoint, path });
      for (const { path, images, width } of written) {
        output.line(`wrote ${path}: ${images} images, ${width} features`);
      }
      results.push(...written);
    }
    return results;
  },
};

if (import.meta.main) Deno.exit(await runTask(task, Deno.args));
