import { configProblem } from "../../base/problem.ts";
import type { Experiment } from "../../experiment/experiment.ts";
import type { DataSettings } from "../../layout/data_settings.ts";
import { join } from "@std/path";
import type { SubmissionConfig } from "../../submit/submission_config.ts";
import { planHashes } from "./plan_hashes.ts";
import { type PlannedRun, planRuns, type RunRequest, taskOf } from "./plan_runs.ts";
import { planSearch } from "./plan_search.ts";
import { Planner } from "./planner.ts";
import type { Unit } from "../unit.ts";

/** What is planned. */
export interface PlanRequest extends RunRequest {
  /** Trainings and searches; a search before the trainings that use its policies. */
  readonly experiments: readonly Experiment[];
  /** Data whose images are hashed in so many parts, to find duplicates and leaks; null: none. */
  readonly hashes: { readonly data: DataSettings; readonly parts: number } | null;
  readonly submission: SubmissionConfig | null;
  /** Folder of a report on all trainings; null: none. */
  readonly report: string | null;
}

/** Units in an order in which one machine can run them, each after those that it needs. */
export interface UnitPlan {
  readonly units: readonly Unit[];
  /** What could not be shared out, and why. */
  readonly notes: readonly string[];
}

async function planSubmission(
  planner: Planner,
  config: SubmissionConfig,
  runs: readonly PlannedRun[],
): Promise<void> {
  // Models that are named by their configs leave the names of the prediction files to them.
  const needs = config.models.length > 0 ? runs.flatMap(({ predictions }) => predictions) : [];
  await planner.add({
    kind: "make_submission",
    title: `make_submission ${config.output}`,
    task: { name: "make_submission", config },
    named: config,
    needs,
    dataDir: config.data.dir,
    outputs: [
      config.output,
      `${config.output}.json`,
      ...(config.leaks.length > 0 ? [`${config.output}.leak.csv`] : []),
    ],
  });
}

async function planReport(planner: Planner, folder: string, runs: readonly PlannedRun[]): Promise<void> {
  if (runs.length === 0) {
    throw configProblem("Cannot plan a report without a training", "Name a config to train");
  }
  await planner.add({
    kind: "report",
    title: `report ${folder}`,
    task: {
      name: "report",
      experiments: runs.map(({ experiment, train }) => ({ ...taskOf(experiment), run: train.id })),
      folder,
    },
    named: runs.map(({ experiment: { config } }) => config),
    needs: runs.flatMap(({ model, predictions }) => [...model, ...predictions]),
    dataDir: runs[0]!.experiment.config.data.dir,
    outputs: [join(folder, "report.html")],
  });
}

/**
 * Cuts work into units that machines can share out: hashes, then configs in the order given (a search, or a training with
 * its average and predictions for each fold and seed), then submission and report. Reads data, writes nothing.
 *
 * A unit's name is a hash of what decides its results: resolved config, arguments, the hashes of the files that it names,
 * the Ids and labels of its images, the units that it needs, Podium's version. The pixels of images are not hashed.
 *
 * @throws Problem on data that cannot be read, and where two units would write the same file
 */
export async function planUnits(request: PlanRequest): Promise<UnitPlan> {
  const { experiments, hashes, submission, report } = request;
  const planner = new Planner(), runs: PlannedRun[] = [];
  if (hashes !== null) await planHashes(planner, hashes.data, hashes.parts);
  for (const experiment of experiments) {
    if (experiment.isSearch) await planSearch(planner, experiment);
    else runs.push(...await planRuns(planner, experiment, request));
  }
  if (request.numTta === "auto" && request.inferenceParts > 1) {
    planner.notes.push("inference is not cut: views chosen by auto would be chosen once for each part");
  }
  if (submission !== null) await planSubmission(planner, submission, runs);
  if (report !== null) await planReport(planner, report, runs);
  const { units, notes } = planner;
  if (units.length === 0) {
    throw configProblem("Cannot plan: there is nothing to do", "Name a config, or --hash_parts");
  }
  return { units, notes };
}
