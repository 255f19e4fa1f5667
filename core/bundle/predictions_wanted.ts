import { join } from "@std/path";
import { z } from "zod";
import { configProblem, dataProblem, isDataProblem } from "../base/problem.ts";
import { pathExists } from "../base/files.ts";
import type { Experiment } from "../experiment/experiment.ts";
import { chooseCheckpoint } from "../predict/choose_checkpoint.ts";
import { predictionPath } from "../predict/prediction_path.ts";
import { provenancePath, readProvenance } from "../predictions/provenance.ts";
import { runFolder } from "../run_folder/run_folder.ts";
import type { SubmissionConfig } from "../submit/submission_config.ts";

/** Predictions of the test images that the notebook makes. */
export interface WantedPredictions {
  readonly config: string;
  readonly checkpoint: string;
  /** The file to write, as the submission's config names it. */
  readonly output: string;
  /** Flags of inference: how images are viewed. */
  readonly flags: readonly string[];
}

const viewsSchema = z.object({
  orientations: z.int(),
  zooms: z.array(z.number()),
  corners: z.number(),
  merge: z.string(),
  stop: z.number().optional(),
});

/** Flags of inference that view images as the views of a prediction file's record say. */
function viewFlags(views: Readonly<Record<string, unknown>>, path: string): string[] {
  const read = viewsSchema.safeParse(views);
  if (!read.success) {
    throw dataProblem(
      `Cannot repeat the views of "${path}": "${provenancePath(path)}" does not tell them`,
      "Run inference for it again",
    );
  }
  const { orientations, zooms, corners, merge, stop } = read.data;
  return [
    `--num_tta=${orientations}`,
    ...zooms.map((zoom) => `--tta_zooms=${zoom}`),
    ...(corners === 0 ? [] : [`--tta_corners=${corners}`]),
    ...(merge === "mean" ? [] : [`--tta_merge=${merge}`]),
    ...(stop === undefined ? [] : [`--tta_stop=${stop}`]),
  ];
}

/** What makes the test file of one model: as its file of labelled images was made, else as inference does by itself. */
async function wantedFor(
  labelled: string,
  output: string,
  experiments: readonly Experiment[],
): Promise<WantedPredictions> {
  const made = await readProvenance(labelled);
  const found = experiments.find(({ config }) =>
    made !== null && join(made.checkpoint).startsWith(runFolder(config.train.dir).checkpoints + "/")
  );
  if (made !== null && found !== undefined) {
    const { checkpoint, views } = made;
    if (await pathExists(checkpoint)) {
      return { config: found.path, checkpoint, output, flags: viewFlags(views, labelled) };
    }
    throw dataProblem(
      `Cannot bundle the weights of "${labelled}": there is no "${checkpoint}" any more`,
      "Run inference for it again",
    );
  }
  const usual = made === null
    ? experiments.find((one) => join(output) === predictionPath(one.config.train.dir, "test"))
    : undefined;
  if (usual !== undefined) return await usualPredictions(usual);
  throw configProblem(
    `Cannot make "${output}" in the notebook: none of the configs named made "${labelled}"`,
    `Name the config that did (named: ${experiments.map(({ path }) => path).join(", ")})`,
  );
}

/** The checkpoint that inference chooses by itself. */
async function usualCheckpoint({ path, config }: Experiment): Promise<string> {
  try {
    return await chooseCheckpoint(config.train.dir);
  } catch (error) {
    if (!isDataProblem(error)) throw error;
    const { checkpoints } = runFolder(config.train.dir);
    throw dataProblem(
      `Cannot bundle "${path}": there is no checkpoint in "${checkpoints}"`,
      "Run the train task with this config first",
    );
  }
}

/** Predictions as inference makes them by itself. */
export async function usualPredictions(experiment: Experiment): Promise<WantedPredictions> {
  const checkpoint = await usualCheckpoint(experiment);
  return {
    config: experiment.path,
    checkpoint,
    output: predictionPath(experiment.config.train.dir, "test"),
    flags: [],
  };
}

/**
 * What the notebook predicts for a submission: one file for each of `test`, with the checkpoint and the views that the
 * file of `test_val` beside it was made with, so that thresholds and weights fit.
 *
 * @throws a config problem when a file was made by none of the configs, or a config made none; a data problem when a
 * file of `test_val` or its weights are missing
 */
export async function submissionPredictions(
  { models, test, test_val }: SubmissionConfig,
  experiments: readonly Experiment[],
): Promise<WantedPredictions[]> {
  if (models.length > 0) {
    throw configProblem(
      "Cannot bundle a submission of models that are joined out of fold: the notebook has no split files",
      "Bundle the configs alone, or a submission whose config names test_val and test",
    );
  }
  const wanted: WantedPredictions[] = [];
  for (const [i, output] of test.entries()) {
    const labelled = test_val[i]!;
    if (!(await pathExists(labelled))) {
      throw dataProblem(
        `Cannot bundle "${labelled}", which the submission needs: there is no such file`,
        "Run inference with --split=test_val and that --output first",
      );
    }
    wanted.push(await wantedFor(labelled, output, experiments));
  }
  const unused = experiments.find(({ path }) => !wanted.some(({ config }) => config === path));
  if (unused === undefined) return wanted;
  throw configProblem(
    `Cannot use "${unused.path}" in the submission: none of its test_val files was made with it`,
    "Leave the config out, or add its predictions to the submission's config",
  );
}
