import { z } from "zod";
import type { Output } from "../core/base/output.ts";
import { runTask, type Task } from "../core/cli/task.ts";
import { findLabelIssues, type LabelIssues } from "../mod.ts";
import { configFlags, namedExperiments } from "./_config_flags.ts";
import { dataFlags, dataSettings } from "./_data_flags.ts";

const { config, set } = configFlags;

const flags = z.strictObject({
  ...dataFlags.shape,
  config,
  set,
  gallery: z.boolean().default(true).describe("Write the page of pictures, label_issues.html"),
});

/** Issues shown on the terminal. */
const SHOWN = 10;

function summarize(output: Output, { issues, images, classes }: LabelIssues): void {
  const names = (labels: readonly number[]) => labels.map((c) => classes[c]).join(", ") || "no label";
  output.table(
    ["rank", "Id", "given", "suggested", "score"],
    issues.slice(0, SHOWN).map(({ id, given, suggested, score }, index) => [
      index + 1,
      id,
      names(given),
      names(suggested),
      score.toFixed(4),
    ]),
  );
  output.line(`${issues.length} of ${images} images have labels that are probably wrong`);
}

/** Finds labels that are probably wrong. */
export const task: Task<typeof flags> = {
  name: "find_label_issues",
  about:
    "Find labels that are probably wrong, by confident learning on out-of-fold predictions; no label is changed",
  examples: [
    "deno task find_label_issues configs/resnet34.*.policy.yml",
    "deno task find_label_issues inferences/resnet34.*.policy.val.csv inferences/resnet34.0.policy.test_val.csv",
    "deno task find_label_issues --data_dir=data/demo inferences/demo/resnet18.val.csv",
  ],
  positionals: "<predictions.csv or config> [...]",
  flags,
  async run({ flags, positionals, output }) {
    const files = positionals.filter((path) => path.endsWith(".csv"));
    const configs = { flags, positionals: positionals.filter((path) => !path.endsWith(".csv")), output };
    const named = flags.config.length + configs.positionals.length > 0;
    const experiments = named ? await namedExperiments("find label issues", configs) : [];
    const { gallery } = flags;
    const found = await findLabelIssues({ ...dataSettings(flags), files, experiments, gallery, output });
    summarize(output, found);
    for (const path of found.files) output.line(`wrote ${path}`);
    return found;
  },
};

if (import.meta.main) Deno.exit(await runTask(task, Deno.args));
