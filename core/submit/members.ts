import type { Layout } from "../plugin/contracts.ts";
import { type Predictions, readPredictions } from "../predictions/predictions.ts";
import { modelFiles } from "./out_of_fold/model_files.ts";
import { type OutOfFold, readOutOfFold } from "./out_of_fold/read_out_of_fold.ts";
import type { SubmissionConfig } from "./submission_config.ts";

/** What the predictions of labelled images are, where they are out of fold. */
export interface OutOfFoldReport {
  /** Number of labelled images, of them of test_val. */
  readonly images: number;
  readonly testVal: number;
  /** Number of folds of the first model. */
  readonly folds: number;
  /** Number of groups: duplicates, and groups of the layout. */
  readonly groups: number;
  /** Ids of the folds' own rows without a prediction. */
  readonly leftOut: readonly string[];
  /** Why predictions of test_val that are there are not joined, or null. */
  readonly note: string | null;
}

/** Predictions of the models of an ensemble. */
export interface Members {
  readonly validation: readonly Predictions[];
  readonly test: readonly Predictions[];
  /** Weights that the config gives; equal ones where it gives none. */
  readonly weights: readonly number[];
  /** Null for the form test_val and test. */
  readonly outOfFold: OutOfFoldReport | null;
  /** The models joined out of fold; null for the form test_val and test. */
  readonly table: OutOfFold | null;
}

async function readFiles(paths: readonly string[], layout: Layout): Promise<Predictions[]> {
  const members = [], { classes: { length: classes }, target } = layout;
  for (const path of paths) members.push(await readPredictions(path, { classes, target }));
  return members;
}

function reportOf(
  { ids, testVal, groups, leftOut }: OutOfFold,
  folds: number,
): Omit<OutOfFoldReport, "note"> {
  return { images: ids.length, testVal, folds, groups: new Set(groups).size, leftOut };
}

async function readModels(config: SubmissionConfig, layout: Layout): Promise<Members> {
  const { models, note } = await modelFiles(config.models);
  const table = await readOutOfFold(models, { layout, foldMerge: config.fold_merge });
  const { ids, testIds, classes, labels } = table;
  const named = (place: number, probabilities: Float64Array) => {
    return { path: models[place]!.name, classes, probabilities };
  };
  return {
    validation: table.members.map((member, place) => ({ ...named(place, member), ids, labels })),
    test: table.test!.map((member, place) => ({ ...named(place, member), ids: testIds!, labels: null })),
    weights: config.models.map(({ weight }) => weight),
    outOfFold: { ...reportOf(table, models[0]!.val.length), note },
    table,
  };
}

/**
 * The predictions that a submission is made of, of labelled and of test images: out of fold where the config names models
 * with their folds, else its files of test_val and test.
 *
 * @throws Problem (data) as {@link readPredictions} and {@link readOutOfFold} do
 */
export async function readMembers(config: SubmissionConfig, layout: Layout): Promise<Members> {
  if (config.models.length > 0) return await readModels(config, layout);
  const validation = await readFiles(config.test_val, layout), test = await readFiles(config.test, layout);
  const weights = Array.isArray(config.weights) ? config.weights : validation.map(() => 1);
  return { validation, test, weights, outOfFold: null, table: null };
}
