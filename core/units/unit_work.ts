import { normalize } from "@std/path";
import type { Output } from "../base/output.ts";
import { configProblem } from "../base/problem.ts";
import { averageWeights } from "../average/average_weights.ts";
import { findDuplicates } from "../duplicates/find_duplicates.ts";
import { findLeaks } from "../duplicates/find_leaks.ts";
import { infer, type InferenceRequest } from "../predict/infer.ts";
import { inferPart, joinParts } from "../predict/infer_part.ts";
import { provenancePath } from "../predictions/provenance.ts";
import { reportCompetition } from "../report_page/report_competition.ts";
import { hashShard } from "../scan/hash_shard.ts";
import { searchPolicies } from "../search/search_policies.ts";
import { searchConfirmation, searchTrial } from "../search/search_trial.ts";
import { makeSubmission } from "../submit/make_submission.ts";
import { train } from "../train/train.ts";
import { checkDigests, digestSplits } from "./image_digest.ts";
import { openExperiment } from "./open_experiment.ts";
import { digestScan } from "./plan/plan_hashes.ts";
import type { RunUnitOptions, Unit, UnitKind, UnitResult } from "./unit.ts";
import { filesBelow } from "./unit_files.ts";
import { readTask, type UnitTask } from "./unit_task.ts";

/** What the work of a unit is given. */
export interface WorkContext extends Pick<RunUnitOptions, "signal" | "onProgress"> {
  readonly output: Output;
  /** Results of the units that it needs, whose files are in place. */
  readonly needs: readonly UnitResult[];
  /**
   * Takes up the resume point of work that keeps how far it is in these files and folders, which belong to the unit alone;
   * what it returns stores the next one.
   */
  readonly resumeAt: (roots: readonly string[]) => Promise<() => Promise<void>>;
}

/** Does the work of a unit by the functions that the tasks call; returns the files that it made. */
type Work<Kind extends UnitKind> = (task: UnitTask<Kind>, context: WorkContext) => Promise<string[]>;

/** The experiment of a task, with the images that it was planned with. */
async function openChecked(
  task: UnitTask<
    "train" | "inference" | "join_inference" | "search_trial" | "search_confirmation" | "search"
  >,
  output: Output,
) {
  const experiment = await openExperiment(task, output);
  const splits = Object.keys(task.images) as Parameters<typeof digestSplits>[1];
  checkDigests(task.images, await digestSplits(experiment, splits));
  return experiment;
}

const trainRun: Work<"train"> = async (task, { output, signal, resumeAt, onProgress }) => {
  const experiment = await openChecked(task, output), dir = normalize(experiment.config.train.dir);
  await train(experiment, {
    onSaved: await resumeAt([dir]),
    ...(signal && { signal }),
    onEpoch: ({ epoch, train: { loss } }) => onProgress?.({ epoch, loss }),
  });
  return await filesBelow([dir]);
};

const average: Work<"swa"> = async (task, { output }) => {
  const experiment = await openExperiment(task, output);
  const { num_checkpoint: count, greedy } = task;
  return [(await averageWeights(experiment, { count, greedy })).path];
};

/** The checkpoint to predict with: the needed average, else the best epoch of the needed training. */
export function checkpointOf(needs: readonly UnitResult[]): string {
  const paths = needs.flatMap(({ outputs }) => outputs.map(({ path }) => path));
  const found = paths.find((path) => /\/swa(_greedy)?\.\d+\.\d+\.safetensors$/.test(path)) ??
    paths.find((path) => /\/best_\d+\.safetensors$/.test(path));
  if (found !== undefined) return found;
  throw configProblem("Cannot predict: no unit that this one needs made a checkpoint", "Plan again");
}

/** What a unit asks of `infer`. */
function requestOf(
  { split, num_tta: orientations, output: path }: UnitTask<"inference" | "join_inference">,
): InferenceRequest & { readonly path: string } {
  return { split, path, views: orientations === null ? {} : { orientations } };
}

const predict: Work<"inference"> = async (task, { output, needs }) => {
  const experiment = await openChecked(task, output);
  const request = { ...requestOf(task), checkpoint: checkpointOf(needs) };
  if (task.part === null) {
    const { path } = await infer(experiment, request);
    return [path, provenancePath(path)];
  }
  await inferPart(experiment, request, task.part);
  return [task.output];
};

const joinInference: Work<"join_inference"> = async (task, { output }) => {
  const { path } = await joinParts(await openChecked(task, output), requestOf(task), task.parts);
  return [path, provenancePath(path)];
};

async function checkScan({ data, images }: UnitTask<"hash" | "find_data_leak">): Promise<void> {
  checkDigests(images, await digestScan(data));
}

const hash: Work<"hash"> = async (task, { output }) => {
  await checkScan(task);
  return [(await hashShard({ ...task.data, shard: task.shard, output })).path];
};

const duplicates: Work<"find_duplicate_images"> = async ({ data }, { output }) => [
  ...(await findDuplicates({ ...data, merge: true, output })).files,
];

const leaks: Work<"find_data_leak"> = async ({ data }, { output }) => [
  ...(await findLeaks({ ...data, merge: true, output })).files,
];

const tryPolicy: Work<"search_trial"> = async (task, { output, signal, resumeAt }) => [
  await searchTrial(await openChecked(task, output), task.trial, { signal, resumeAt }),
];

const confirm: Work<"search_confirmation"> = async (task, { output, signal, resumeAt }) => {
  const path = await searchConfirmation(await openChecked(task, output), task, { signal, resumeAt });
  return path === null ? [] : [path];
};

const search: Work<"search"> = async (task, { output, signal, needs, resumeAt }) => {
  const experiment = await openChecked(task, output), { dir } = experiment.config.train;
  // What other units have trained is in place already; a search that is one unit takes up all its trainings.
  const onSaved = await resumeAt(needs.length > 0 ? [] : [normalize(dir)]);
  const { policies, page } = await searchPolicies(experiment, { onSaved, ...(signal && { signal }) });
  return [policies, page];
};

const submit: Work<"make_submission"> = async ({ config }) => [
  ...(await makeSubmission(config)).paths,
  `${config.output}.json`,
];

const report: Work<"report"> = async ({ experiments: tasks, folder }, { output }) => {
  const experiments = [];
  for (const task of tasks) experiments.push(await openExperiment(task, output));
  const { page, tables } = await reportCompetition(experiments, { folder, heatMaps: true });
  return [page, ...tables];
};

const WORK: { readonly [Kind in UnitKind]: Work<Kind> } = {
  train: trainRun,
  swa: average,
  inference: predict,
  join_inference: joinInference,
  hash,
  find_duplicate_images: duplicates,
  find_data_leak: leaks,
  search_trial: tryPolicy,
  search_confirmation: confirm,
  search,
  make_submission: submit,
  report,
};

async function workOn<Kind extends UnitKind>(
  unit: Unit,
  kind: Kind,
  context: WorkContext,
): Promise<string[]> {
  const work = WORK[kind] as Work<Kind>;
  return await work(readTask(unit, kind), context);
}

/** Does the work of a unit in the project folder; returns the files that it made. Throws what its task throws. */
export async function doWork(unit: Unit, context: WorkContext): Promise<string[]> {
  return (await workOn(unit, unit.kind, context)).map(normalize);
}
