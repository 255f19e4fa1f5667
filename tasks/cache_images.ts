import { z } from "zod";
import { configProblem } from "../core/base/problem.ts";
import { runTask, type Task } from "../core/cli/task.ts";
import { cacheImages, loadExperiment } from "../mod.ts";

const flags = z.strictObject({
  set: z.array(z.string()).default([]).describe(
    "Override a key of the config: data.dir=data/demo; repeatable",
  ),
  out: z.string().optional().describe("Folder of the cache; data.cache of the config, else <data.dir>/cache"),
  size: z.int().min(1).optional().describe("Resize images to this side; as they are when left out"),
});

/** Decodes all images of a config once into shards. */
export const task: Task<typeof flags> = {
  name: "cache_images",
  about: "Decode all images once into shards of raw bytes, which loaders read many times faster than PNG",
  examples: [
    "deno task cache_images configs/resnet34.0.policy.yml",
    "deno task cache_images configs/resnet34.0.policy.yml --size 256 --out data/cache_256",
  ],
  positionals: "<config>",
  flags,
  async run({ flags, positionals, output }) {
    if (positionals.length !== 1) {
      throw configProblem("Cannot cache images: name one config", "Add a YAML file of configs/");
    }
    const experiment = await loadExperiment(positionals[0]!, { set: flags.set, output });
    const { out: folder, size } = flags;
    const report = await cacheImages(experiment, { folder, size });
    for (const { id, problem } of report.left.slice(0, 10)) output.warn(`${id} is not cached: ${problem}`);
    if (report.left.length > 10) output.warn(`${report.left.length - 10} more are not cached`);
    const { height, width, channels, shards } = report.index;
    output.line(
      `${report.cached} images of ${height} x ${width} x ${channels} in ${shards} shards in ${report.folder}` +
        (report.kept > 0 ? `, ${report.kept} of them from an earlier run` : ""),
    );
    output.line(`Use it with --set data.cache=${report.folder}`);
    return report;
  },
};

if (import.meta.main) Deno.exit(await runTask(task, Deno.args));
