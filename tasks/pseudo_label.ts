import { z } from "zod";
import { configProblem } from "../core/base/problem.ts";
import { runTask, type Task } from "../core/cli/task.ts";
import { pseudoLabel, type PseudoLabelRequest } from "../core/pseudo_label/pseudo_label.ts";
import { dataFlags, dataSettings } from "./_data_flags.ts";

const THRESHOLD = 0.95;

const flags = z.strictObject({
  ...dataFlags.shape,
  threshold: z.coerce.number().gt(0).lte(1).optional().describe(
    `Take images whose largest probability, or with several labels every class's p or 1 - p, is this or more; ${THRESHOLD}`,
  ),
  share: z.coerce.number().gt(0).lte(1).optional().describe(
    "Take this share of the images, the surest, instead: 0.3",
  ),
  out: z.string().default("data/pseudo_labels.csv").describe("File to write, for data.targets"),
});

function readChoice({ threshold, share }: z.output<typeof flags>): PseudoLabelRequest["choice"] {
  if (share === undefined) return { threshold: threshold ?? THRESHOLD };
  if (threshold === undefined) return { share };
  throw configProblem(
    `Cannot use --threshold ${threshold} and --share ${share} at once`,
    "Leave one of them out",
  );
}

/** Writes the surest predictions of test images as targets to train on. */
export const task: Task<typeof flags> = {
  name: "pseudo_label",
  about:
    "Write the predictions of test images that are sure enough to train on them: data.targets of a config",
  examples: [
    "deno task pseudo_label inferences/resnet34.0.test.csv",
    "deno task pseudo_label inferences/a.0.test.csv inferences/b.0.test.csv --share=0.3 --out=data/pseudo_labels.0.csv",
  ],
  positionals: "<predictions> [<predictions> ...]",
  flags,
  async run({ flags, positionals: predictions, output }) {
    if (predictions.length === 0) {
      throw configProblem(
        "Cannot make pseudo-labels: no prediction file is named",
        "Name those of the test images, such as inferences/resnet34.0.test.csv",
      );
    }
    const request = {
      ...dataSettings(flags),
      predictions,
      choice: readChoice(flags),
      path: flags.out,
      output,
    };
    const made = await pseudoLabel(request);
    output.table(["class", "images"], made.counts.map(({ name, images }) => [name, images.toFixed(1)]));
    output.line(`wrote ${made.path}: ${made.chosen} of ${made.predicted} test images`);
    return made;
  },
};

if (import.meta.main) Deno.exit(await runTask(task, Deno.args));
