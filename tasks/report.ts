import { z } from "zod";
import { runTask, type Task } from "../core/cli/task.ts";
import { reportCompetition } from "../mod.ts";
import { configFlags, namedExperiments } from "./_config_flags.ts";

const { config, set } = configFlags;

const flags = z.strictObject({
  config,
  set,
  heat_maps: z.boolean().default(true).describe(
    "Show where the first config's model looked in the worst mistakes; --no-heat_maps saves the time",
  ),
  out: z.string().default("results/report").describe("Folder of the page and of its tables as CSV files"),
});

/** Writes a page about a competition: data, trainings, scores, mistakes. */
export const task: Task<typeof flags> = {
  name: "report",
  about:
    "Write one page about a competition: data, trainings, scores with intervals, classes, worst mistakes",
  examples: [
    "deno task report configs/resnet34.0.policy.yml",
    "deno task report configs/resnet34.*.policy.yml --out=results/report/resnet34",
  ],
  positionals: "<config> [<config> ...]",
  flags,
  async run({ flags, positionals, output }) {
    const experiments = await namedExperiments("report", { flags, positionals, output });
    const report = await reportCompetition(experiments, { folder: flags.out, heatMaps: flags.heat_maps });
    const rows = report.scores.map(({ model, split, images, score, interval: [low, high] }) => [
      model,
      split,
      String(images),
      score.toFixed(4),
      `${low.toFixed(4)} to ${high.toFixed(4)}`,
    ]);
    output.table(["model", "split", "images", report.metric, "90 % interval"], rows);
    output.line(`Page: ${report.page}`);
    return report;
  },
};

if (import.meta.main) Deno.exit(await runTask(task, Deno.args));
