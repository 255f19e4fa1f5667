import { basename, join } from "@std/path";
import { z } from "zod";
import { runTask, type Task } from "../core/cli/task.ts";
import { openExperiment } from "../core/experiment/experiment.ts";
import { loadConfig } from "../core/config/load.ts";
import { previewRows } from "../core/preview/preview_rows.ts";
import { writeFileAtomic } from "../core/base/files.ts";
import { encodePng } from "../core/image/encode.ts";
import { configProblem } from "../core/base/problem.ts";
import { describeApplied, previewGrid, previewPage } from "../core/preview/preview_page.ts";

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
    const { config, registry } = await loadConfig(positionals[0]!, { set: flags.set });
    const { layout, dataset } = await openExperiment(config, registry);
    const rows = await previewRows({
      registry,
      transform: config.transform,
      examples: await dataset.examples("train"),
      channels: layout.channels.length,
      maxPixels: config.data.max_pixels,
      seed: config.seed,
      images: flags.images,
      samples: flags.samples,
    });
    const name = join(flags.out, basename(positionals[0]!).replace(/\.ya?ml$/, ""));
    await writeFileAtomic(`${name}.html`, await previewPage(`Augmentations of ${positionals[0]!}`, rows));
    await writeFileAtomic(`${name}.png`, await encodePng(previewGrid(rows)));
    output.line(`Page: ${name}.html`);
    output.line(`Picture: ${name}.png`);
    const described = rows.map(({ title, cells }) => ({
      title,
      operations: cells.map(({ operations }) => operations.map(describeApplied)),
    }));
    return { page: `${name}.html`, picture: `${name}.png`, rows: described };
  },
};

if (import.meta.main) Deno.exit(await runTask(task, Deno.args));
