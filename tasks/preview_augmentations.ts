import { z } from "zod";
import { configProblem } from "../core/base/problem.ts";
import { runTask, type Task } from "../core/cli/task.ts";
import { describeApplied } from "../core/preview/preview_page.ts";
import { loadExperiment, previewAugmentations } from "../mod.ts";

const flags = z.strictObject({
  set: z.array(z.string()).default([]).describe(
    "Override a key of the config: data.dir=data/demo; repeatable",
  ),
  images: z.int().min(1).max(32).default(6).describe("Images, side by side"),
  samples: z.int().min(0).max(64).default(6).describe("Epochs of training shown, one row each"),
  out: z.string().default("results/preview").describe("Folder of the page and the picture"),
});

/** Shows what a config's transform does to images. */
export const task: Task<typeof flags> = {
  name: "preview_augmentations",
  about:
    "Show what the network sees: images unaltered, then as training augments them, operations under each",
  examples: [
    "deno task preview_augmentations configs/resnet34.0.policy.yml",
    "deno task preview_augmentations configs/resnet34.0.policy.yml --set transform.params.mode=fast --samples 10",
  ],
  positionals: "<config>",
  flags,
  async run({ flags, positionals, output }) {
    if (positionals.length !== 1) {
      throw configProblem("Cannot preview: name one config", "Add a YAML file of configs/");
    }
    const experiment = await loadExperiment(positionals[0]!, { set: flags.set, output });
    const { images, samples, out: folder } = flags;
    const { page, picture, rows } = await previewAugmentations(experiment, { images, samples, folder });
    output.line(`Page: ${page}`);
    output.line(`Picture: ${picture}`);
    const described = rows.map(({ title, cells }) => ({
      title,
      operations: cells.map(({ operations }) => operations.map(describeApplied)),
    }));
    return { page, picture, rows: described };
  },
};

if (import.meta.main) Deno.exit(await runTask(task, Deno.args));
