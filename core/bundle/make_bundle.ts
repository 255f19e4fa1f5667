import { pathExists, writeFileAtomic } from "../base/files.ts";
import { type Output, SILENT } from "../base/output.ts";
import { configProblem, Problem } from "../base/problem.ts";
import type { Experiment } from "../experiment/experiment.ts";
import { provenancePath } from "../predictions/provenance.ts";
import { readCheckpointFile } from "../run_folder/checkpoint.ts";
import { loadSubmissionConfig, type SubmissionConfig } from "../submit/submission_config.ts";
import { type BundleFile, pathInside } from "./bundle_file.ts";
import { LAUNCHER, unpackScript } from "./launcher.ts";
import { bundleNotebook } from "./notebook.ts";
import { submissionPredictions, usualPredictions, type WantedPredictions } from "./predictions_wanted.ts";
import { commonFiles } from "./program_files.ts";
import { configFiles, pluginFiles, runFile } from "./run_files.ts";
import {
  type BundleSizes,
  bundleSizes,
  checkPlace,
  MANIFEST,
  writeFolder,
  writeTar,
} from "./write_bundle.ts";

/** Options of {@link makeBundle}. */
export interface BundleRequest {
  /** The folder, or the archive with `tar`. */
  readonly out: string;
  /** Write one tar archive, and the notebook beside it. */
  readonly tar?: boolean;
  /** Config of the submission; configs/submission.yml when left out, where it is made of these configs. */
  readonly submission?: string | undefined;
  /** Add the TensorFlow library that is installed. */
  readonly tensorflow?: boolean;
  /** Receives progress and warnings; silent when left out. */
  readonly output?: Output;
}

/** Result of {@link makeBundle}. */
export interface Bundle {
  /** The folder or archive, and with an archive the notebook beside it. */
  readonly paths: readonly string[];
  /** Bytes of each part. */
  readonly sizes: BundleSizes;
  /** What the notebook predicts. */
  readonly predictions: readonly WantedPredictions[];
  /** The submission's config; null when the notebook only predicts. */
  readonly submission: string | null;
  /** Files of the working folder that were taken along. */
  readonly files: readonly string[];
}

const USUAL_SUBMISSION = "configs/submission.yml";

/** What the notebook makes. */
interface Plan {
  readonly predictions: readonly WantedPredictions[];
  readonly submission: { readonly path: string; readonly config: SubmissionConfig } | null;
}

async function planSubmission(path: string, experiments: readonly Experiment[]): Promise<Plan> {
  const config = await loadSubmissionConfig(path);
  return { predictions: await submissionPredictions(config, experiments), submission: { path, config } };
}

async function planPredictions(experiments: readonly Experiment[]): Promise<Plan> {
  return { predictions: await Promise.all(experiments.map(usualPredictions)), submission: null };
}

/** A submission that is named must fit; the usual one is left out when it is of other configs. */
async function makePlan(experiments: readonly Experiment[], request: BundleRequest): Promise<Plan> {
  if (request.submission !== undefined) return await planSubmission(request.submission, experiments);
  // First, so that a config without a checkpoint is told as such.
  const alone = await planPredictions(experiments);
  if (!(await pathExists(USUAL_SUBMISSION))) return alone;
  try {
    return await planSubmission(USUAL_SUBMISSION, experiments);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    request.output?.warn(
      `${USUAL_SUBMISSION} is left out, the notebook ends with predictions: ${error.message}`,
    );
    return alone;
  }
}

/** Files that make_submission reads. */
async function submissionFiles(
  { submission }: Plan,
  held: (path: string) => boolean,
): Promise<BundleFile[]> {
  if (submission === null) return [];
  const { path, config } = submission;
  const records: string[] = [];
  for (const beside of config.test_val.map(provenancePath)) {
    if (await pathExists(beside)) records.push(beside);
  }
  const plugins = await pluginFiles(config.plugins, held);
  return [path, ...config.test_val, ...records, ...config.leaks, ...plugins].map(runFile);
}

/** The one data.dir of all configs: the notebook has one folder of data. */
function dataFolder(experiments: readonly Experiment[], { submission }: Plan): string {
  const dirs = experiments.map(({ config }) => config.data.dir);
  if (submission !== null) dirs.push(submission.config.data.dir);
  const folders = [...new Set(dirs.map((dir) => pathInside(dir) ?? dir))];
  if (folders.length === 1 && pathInside(folders[0]!) !== null) return folders[0]!;
  const list = folders.map((folder) => `"${folder}"`).join(", ");
  throw configProblem(
    `Cannot bundle the data folder ${list}: it must be one, inside the working folder`,
    "Bundle the configs of one competition, whose data.dir is the same",
  );
}

/** Each path once; the program's files come first and win. */
function distinct(files: readonly BundleFile[]): BundleFile[] {
  const byPath = new Map<string, BundleFile>();
  for (const file of files) if (!byPath.has(file.path)) byPath.set(file.path, file);
  return [...byPath.values()];
}

function textFile(path: string, text: string): BundleFile {
  return { path, part: "program", content: { text } };
}

async function collectFiles(
  experiments: readonly Experiment[],
  plan: Plan,
  request: BundleRequest,
): Promise<BundleFile[]> {
  const { tensorflow = false } = request;
  const common = await commonFiles({ tensorflow });
  const paths = new Set(common.map(({ path }) => path));
  const held = (path: string) => paths.has(path);
  const runs: BundleFile[] = [];
  for (const experiment of experiments) runs.push(...await configFiles(experiment, { tensorflow, held }));
  for (const { checkpoint } of plan.predictions) {
    // Its checksum is compared, for where the bundle is used there is no other.
    await readCheckpointFile(checkpoint, "Run inference with another checkpoint, or train again");
    runs.push(runFile(checkpoint));
  }
  runs.push(...await submissionFiles(plan, held));
  return distinct([...common, ...runs]);
}

function noteOf(plan: Plan, experiments: readonly Experiment[], sizes: BundleSizes): string {
  const { version: { deno }, build: { target } } = Deno;
  const configs = experiments.map(({ path }) => path);
  const submission = plan.submission?.path ?? null;
  return JSON.stringify({ bundle: 1, deno, target, configs, submission, sizes }, null, 2) + "\n";
}

/**
 * Makes a folder or an archive that predicts and makes a submission where there is no network: Deno, the program, its
 * packages, configs with their weights, and a notebook of the commands.
 *
 * @throws a config problem when the place is taken by something else, files lie outside the working folder or the
 * submission is of other configs; a data problem when a checkpoint or a named file is missing
 */
export async function makeBundle(
  experiments: readonly Experiment[],
  request: BundleRequest,
): Promise<Bundle> {
  const { out, tar = false, output = SILENT } = request;
  await checkPlace(out, { tar });
  const plan = await makePlan(experiments, request);
  const folder = dataFolder(experiments, plan);
  const collected = await collectFiles(experiments, plan, request);
  const { predictions, submission } = plan;
  const made = submission && { config: submission.path, output: submission.config.output };
  const notebook = bundleNotebook({ predictions, submission: made });
  const sizes = await bundleSizes(collected);
  const files = [
    textFile(MANIFEST, noteOf(plan, experiments, sizes)),
    textFile("podium.ipynb", notebook),
    { ...textFile("podium", LAUNCHER), executable: true },
    textFile("unpack.sh", unpackScript(folder)),
    ...collected,
  ];
  await (tar ? writeTar : writeFolder)(out, files, output);
  const beside = `${out.replace(/\.tar$/, "")}.ipynb`;
  if (tar) await writeFileAtomic(beside, notebook);
  const taken = collected.filter(({ part }) => part === "runs").map(({ path }) => path);
  const paths = tar ? [out, beside] : [out];
  return { paths, sizes, predictions, submission: submission?.path ?? null, files: taken };
}
