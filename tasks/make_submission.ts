import { z } from "zod";
import type { Output } from "../core/base/output.ts";
import { runTask, type Task } from "../core/cli/task.ts";
import { tellOfPlugins } from "../core/plugin/registry.ts";
import { makeSubmission, type SubmissionReport } from "../core/submit/make_submission.ts";
import { loadSubmissionConfig } from "../core/submit/submission_config.ts";
import { configProblem } from "../core/base/problem.ts";

const flags = z.strictObject({
  config: z.string().optional().describe("Config file, as a positional argument; configs/submission.yml"),
  set: z.array(z.string()).default([]).describe("Override a key: threshold.rule=auto; repeatable"),
});

function reportWeights(output: Output, { greedy }: SubmissionReport): void {
  if (greedy === null) return;
  const { weights, heldOut } = greedy;
  output.line(`weights ${weights.map((weight) => weight.toFixed(3)).join(", ")}`);
  output.line(
    `  held-out macro F1 of searched weights ${heldOut.greedy.toFixed(4)}, of equal ones ${
      heldOut.uniform.toFixed(4)
    }`,
  );
}

function reportValidation(output: Output, { chosen, validation, accuracy, empty }: SubmissionReport): void {
  for (const { rule, macroF1, gain } of chosen?.scores ?? []) {
    const [low, high] = gain.map((value) => (value < 0 ? "" : "+") + value.toFixed(4));
    output.line(
      `  ${rule.padEnd(12)} held-out macro F1 ${macroF1.toFixed(4)}, against blend ${low} to ${high}`,
    );
  }
  if (chosen) output.line(`thresholds by the rule ${chosen.rule}`);
  if (accuracy !== null) output.line(`validation accuracy ${accuracy.toFixed(4)}`);
  output.line(
    `validation macro F1 ${validation.macro.toFixed(4)}; over the classes that occur ` +
      `${validation.macroOccurring.toFixed(4)}, best constant answer ${validation.chance.toFixed(4)}`,
  );
  if (empty > 0) output.line(`${empty} test images are above no threshold`);
}

/** Makes submission files. */
export const task: Task<typeof flags> = {
  name: "make_submission",
  about: "Average predictions, choose thresholds, and write the submission and the one with known labels",
  examples: [
    "deno task make_submission",
    "deno task make_submission configs/submission.yml --set threshold.rule=auto",
  ],
  positionals: "[config]",
  flags,
  async run({ flags, positionals, output }) {
    const paths = [...(flags.config === undefined ? [] : [flags.config]), ...positionals];
    if (paths.length > 1) throw configProblem(`Cannot use ${paths.length} configs: one at a time`);
    const config = await loadSubmissionConfig(paths[0] ?? "configs/submission.yml", { set: flags.set });
    tellOfPlugins(config.plugins, output);
    const report = await makeSubmission(config);
    reportWeights(output, report);
    reportValidation(output, report);
    const { known, changed, conflicting } = report.leaks;
    output.line(`${known} test images have known labels; ${changed.length} were predicted otherwise`);
    if (conflicting.length > 0) {
      output.line(`${conflicting.length} of them have labels that disagree; the last file counts`);
    }
    for (const path of report.paths) output.line(`wrote ${path}`);
    const thresholds = report.chosen && [...report.chosen.thresholds];
    return { ...report, chosen: report.chosen && { ...report.chosen, thresholds } };
  },
};

if (import.meta.main) Deno.exit(await runTask(task, Deno.args));
