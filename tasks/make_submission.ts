import { z } from "zod";
import type { Output } from "../core/base/output.ts";
import { runTask, type Task } from "../core/cli/task.ts";
import { tellOfPlugins } from "../core/plugin/registry.ts";
import { isMacroF1 } from "../core/submit/decide/metric.ts";
import { makeSubmission, type SubmissionReport } from "../core/submit/make_submission.ts";
import { loadSubmissionConfig } from "../core/submit/submission_config.ts";
import { configProblem } from "../core/base/problem.ts";
import { signed } from "../core/report/signed.ts";
import { firstFew } from "../core/base/quoted.ts";

const flags = z.strictObject({
  config: z.string().optional().describe("Config file, as a positional argument; configs/submission.yml"),
  set: z.array(z.string()).default([]).describe("Override a key: threshold.rule=auto; repeatable"),
});

function reportOutOfFold(output: Output, { outOfFold }: SubmissionReport): void {
  if (outOfFold === null) return;
  const { images, testVal, folds, groups, leftOut, note } = outOfFold;
  const unseen = testVal > 0 ? `, ${testVal} of them of test_val` : "";
  output.line(`out of fold: ${images} labelled images in ${groups} groups, ${folds} folds${unseen}`);
  if (note !== null) output.line(note);
  if (leftOut.length > 0) {
    output.warn(`${leftOut.length} labelled images have no prediction: ${firstFew(leftOut)}`);
  }
}

function reportWeights(output: Output, { greedy }: SubmissionReport): void {
  if (greedy === null) return;
  const { weights, title, heldOut } = greedy;
  output.line(`weights ${weights.map((weight) => weight.toFixed(3)).join(", ")}`);
  output.line(
    `  held-out ${title} of searched weights ${heldOut.greedy.toFixed(4)}, of equal ones ${
      heldOut.uniform.toFixed(4)
    }`,
  );
}

function reportNested(output: Output, { nested }: SubmissionReport): void {
  if (nested === null) return;
  const { models, rules, metric, constant, reasons, chosen } = nested;
  const row = ({ name, score, interval, inSample, gain }: typeof chosen) => [
    name,
    score.toFixed(4),
    interval.map((value) => value.toFixed(4)).join(" to "),
    inSample.toFixed(4),
    gain === null ? "" : `${signed(gain.value)}, ${gain.interval.map(signed).join(" to ")}`,
  ];
  const header = ["joined by", `nested ${metric}`, "90 % interval", "in sample", "against the best model"];
  output.table(header, [...models, ...rules].map(row));
  if (constant !== null) output.line(`best constant answer ${constant.toFixed(4)}`);
  for (const reason of reasons) output.line(`  ${reason}`);
  output.line(`joined by ${chosen.name}: nested ${metric} ${chosen.score.toFixed(4)}`);
}

function reportDecision(output: Output, { chosen, cutPoints }: SubmissionReport): void {
  for (const { rule, macroF1, gain } of chosen?.scores ?? []) {
    const [low, high] = gain.map(signed);
    output.line(
      `  ${rule.padEnd(12)} held-out macro F1 ${macroF1.toFixed(4)}, against blend ${low} to ${high}`,
    );
  }
  if (chosen) output.line(`thresholds by the rule ${chosen.rule}`);
  if (cutPoints === null) return;
  const { points, heldOut, used } = cutPoints;
  output.line(
    `${used ? "cut points" : "most probable grades; cut points"} ${
      points.map((point) => point.toFixed(2)).join(", ")
    } score ${heldOut.cutPoints.toFixed(4)} on held-out folds, most probable grades ${
      heldOut.argmax.toFixed(4)
    }`,
  );
}

/** Whether the lines on accuracy and F1 tell the metric's score already. */
function isToldByF1({ validation: { name }, accuracy, f1 }: SubmissionReport): boolean {
  return name === "accuracy" ? accuracy !== null : f1 !== null && isMacroF1({ name });
}

function reportValidation(output: Output, report: SubmissionReport): void {
  const { validation, f1, accuracy, empty } = report, { metric, score, constant } = validation;
  if (!isToldByF1(report)) {
    const beside = constant === null ? "" : `; best constant answer ${constant.toFixed(4)}`;
    output.line(`validation ${metric} ${score?.toFixed(4) ?? "undefined for these labels"}${beside}`);
  }
  if (accuracy !== null) output.line(`validation accuracy ${accuracy.toFixed(4)}`);
  if (f1 !== null) {
    output.line(
      `validation macro F1 ${f1.macro.toFixed(4)}; over the classes that occur ` +
        `${f1.macroOccurring.toFixed(4)}, best constant answer ${f1.chance.toFixed(4)}`,
    );
  }
  if (empty > 0) output.line(`${empty} test images are above no threshold`);
}

function reportLeaks(output: Output, { leaks, shape }: SubmissionReport): void {
  const { known, changed, conflicting } = leaks;
  output.line(
    shape.name === "labels"
      ? `${known} test images have known labels; ${changed.length} were predicted otherwise`
      : `${known} test images have known labels`,
  );
  if (conflicting.length > 0) {
    output.line(`${conflicting.length} of them have labels that disagree; the last file counts`);
  }
}

/** Makes submission files. */
export const task: Task<typeof flags> = {
  name: "make_submission",
  about: "Average predictions, decide for the metric, and write what the sample submission asks for",
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
    output.line(`shape ${report.shape.name}: ${report.shape.reason}`);
    reportOutOfFold(output, report);
    reportWeights(output, report);
    reportNested(output, report);
    reportDecision(output, report);
    reportValidation(output, report);
    if (config.leaks.length > 0) reportLeaks(output, report);
    for (const path of report.paths) output.line(`wrote ${path}`);
    const thresholds = report.chosen && [...report.chosen.thresholds];
    return { ...report, chosen: report.chosen && { ...report.chosen, thresholds } };
  },
};

if (import.meta.main) Deno.exit(await runTask(task, Deno.args));
