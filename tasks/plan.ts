import { formatDuration } from "../core/base/duration.ts";
import type { Output } from "../core/base/output.ts";
import { runTask, type Task } from "../core/cli/task.ts";
import { DATA_DEFAULTS, type DataSettings } from "../core/layout/data_settings.ts";
import { loadSubmissionConfig } from "../core/submit/submission_config.ts";
import { estimateUnits } from "../core/units/plan/estimate_units.ts";
import { planUnits } from "../core/units/plan/plan_units.ts";
import { writePlan } from "../core/units/plan_file.ts";
import type { Unit } from "../core/units/unit.ts";
import { type Experiment, loadExperiment } from "../mod.ts";
import { type PlanFlags, planFlags, readNumbers, readSplits } from "./_plan_flags.ts";

/** The data whose images are hashed. */
function hashedData(directory: string | undefined, experiments: readonly Experiment[]): DataSettings {
  if (directory !== undefined || experiments.length === 0) {
    return { ...DATA_DEFAULTS, ...(directory !== undefined && { dataDir: directory }) };
  }
  const { dir: dataDir, layout, layout_params: layoutParams } = experiments[0]!.config.data;
  return { dataDir, layout, layoutParams };
}

async function openExperiments(
  { config, set, backend }: PlanFlags,
  positionals: readonly string[],
  output: Output,
): Promise<Experiment[]> {
  const overrides = [...set, ...(backend === undefined ? [] : [`backend=${backend}`])];
  const experiments = [];
  for (const path of [...config, ...positionals]) {
    experiments.push(await loadExperiment(path, { set: overrides, output }));
  }
  return experiments;
}

/** Prints the units, each with the numbers of those that it needs. */
function printUnits(units: readonly Unit[], output: Output): void {
  const numbers = new Map(units.map(({ id }, index) => [id, index]));
  const rows = units.map(({ title, needs, estimate }, index) => [
    index,
    title,
    needs.map((id) => numbers.get(id)).join(" "),
    estimate ? formatDuration(estimate.seconds) : "",
    estimate ? `${(estimate.bytes / 2 ** 30).toFixed(2)} GiB` : "",
  ]);
  output.table(["unit", "what", "needs", "time", "memory"], rows);
  const seconds = units.reduce((sum, { estimate }) => sum + (estimate?.seconds ?? 0), 0);
  if (seconds > 0) output.line(`all together ${formatDuration(seconds)} of this machine`);
}

/** Cuts work into units. */
export const task: Task<typeof planFlags> = {
  name: "plan",
  about: "Cut trainings, searches, predictions and hashes into units for many machines: results/plan.jsonl",
  examples: [
    "deno task plan configs/resnet34.*.policy.yml --splits=val,test",
    "deno task plan configs/search.yml configs/resnet34.0.policy.yml --folds=0-4 --inference_parts=4 --dry-run",
    "deno task plan --hash_parts=8",
  ],
  positionals: "[<config> ...]",
  flags: planFlags,
  async run({ flags, positionals, output }) {
    const experiments = await openExperiments(flags, positionals, output);
    const { swa, inference_parts: inferenceParts, hash_parts: parts, num_tta: views, submission } = flags;
    const { units, notes } = await planUnits({
      experiments,
      folds: readNumbers("folds", flags.folds),
      seeds: readNumbers("seeds", flags.seeds),
      swa,
      greedy: flags.greedy,
      splits: readSplits(flags.splits),
      numTta: views === undefined ? null : views === "auto" ? views : Number(views),
      inferenceParts,
      hashes: parts === 0 ? null : { data: hashedData(flags.data_dir, experiments), parts },
      submission: submission === undefined ? null : await loadSubmissionConfig(submission),
      report: flags.report ?? null,
    });
    for (const note of notes) output.line(note);
    if (flags.dry_run) {
      const estimated = await estimateUnits(units, output);
      printUnits(estimated, output);
      return estimated;
    }
    await writePlan(flags.output, units);
    output.line(`wrote ${flags.output}: ${units.length} units, numbers 0 to ${units.length - 1}`);
    return { path: flags.output, units };
  },
};

if (import.meta.main) Deno.exit(await runTask(task, Deno.args));
