import { dataProblem } from "../../base/problem.ts";
import type { Layout } from "../../plugin/contracts.ts";
import type { MergeRule } from "../../predict/merge_views.ts";
import type { Predictions } from "../../predictions/predictions.ts";
import { groupIds } from "../../split/row_groups.ts";
import { checkSameIds, checkSameLabels } from "../average_predictions.ts";
import { checkFoldMerge, type FoldReading, mergeTest } from "./fold_merge.ts";
import { type JoinedFolds, joinFolds } from "./join_folds.ts";
import type { OutOfFoldModel } from "./model_files.ts";
import { SplitFiles } from "./unseen_rows.ts";

/** Predictions of models for labelled images that none of them was trained on. */
export interface OutOfFold {
  /** Labelled Ids, sorted; each is there once. */
  readonly ids: readonly string[];
  readonly classes: number;
  /** `[ids, classes]`: multi-hot labels, probabilities or regression values. */
  readonly labels: Uint8Array | Float32Array;
  /** The fold of the first model that predicted each row, from 0; the rows of test_val have a number of their own. */
  readonly folds: Int32Array;
  /** A number for each row, the same for duplicates and for images of one group of the layout. */
  readonly groups: Int32Array;
  /** Predictions of each model, `[ids, classes]`. */
  readonly members: readonly Float64Array[];
  /** Test Ids, sorted; null when no test files are named. */
  readonly testIds: readonly string[] | null;
  /** Test predictions of each model, merged over its folds, `[testIds, classes]`. */
  readonly test: readonly Float64Array[] | null;
  /** Number of rows of test_val. */
  readonly testVal: number;
  /** Labelled Ids that the folds leave out because inference could not read their images, sorted. */
  readonly leftOut: readonly string[];
}

/** Options of {@link readOutOfFold}. */
export interface OutOfFoldOptions {
  readonly layout: Layout;
  /**
   * How the test predictions of a model's folds become one: `mean` when left out, `gmean`, or `rank`, with which labelled
   * rows become ranks within their fold too.
   */
  readonly foldMerge?: MergeRule;
}

/** The models' predictions of labelled rows, in one order. */
async function readLabelled(
  models: readonly OutOfFoldModel[],
  reading: FoldReading,
): Promise<{ readonly first: JoinedFolds; readonly members: readonly Float64Array[] }> {
  const joining = { ...reading, splits: new SplitFiles(reading.layout.dir) };
  const members: Float64Array[] = [];
  let first: JoinedFolds | undefined;
  for (const model of models) {
    const joined = await joinFolds(model, joining);
    first ??= joined;
    checkSameIds(first, joined);
    checkSameLabels(first, joined);
    members.push(joined.probabilities);
  }
  if (first === undefined) throw dataProblem("Cannot read predictions out of fold: no model is named");
  return { first, members };
}

async function readTest(
  models: readonly OutOfFoldModel[],
  reading: FoldReading,
): Promise<Pick<OutOfFold, "testIds" | "test">> {
  if (models.some(({ test }) => test.length === 0)) return { testIds: null, test: null };
  const test: Float64Array[] = [];
  let first: Predictions | undefined;
  for (const model of models) {
    const merged = await mergeTest(model, reading);
    first ??= merged;
    checkSameIds(first, merged);
    test.push(merged.probabilities);
  }
  return { testIds: first!.ids, test };
}

/**
 * Reads the predictions of models out of fold: each labelled Id once, from a fold that did not train on it, by the split
 * that its checkpoint recorded; and the test predictions, merged over the folds. 100,000 rows of 28 classes take 22 MB a
 * model.
 *
 * The rows of test_val, which no fold trains on, are joined where the models name such files: the folds predict them in
 * turns, so that each row is the prediction of one model, as all others are.
 *
 * @throws Problem (data) that names the Ids when a model saw its rows or may have (no record, a split that has changed
 * since), when an Id is there twice, when a fold is missing, and when models differ in Ids or labels
 */
export async function readOutOfFold(
  models: readonly OutOfFoldModel[],
  { layout, foldMerge = "mean" }: OutOfFoldOptions,
): Promise<OutOfFold> {
  const reading = { layout, rule: foldMerge };
  checkFoldMerge(reading);
  const { first, members } = await readLabelled(models, reading);
  const { ids, classes, labels, folds, leftOut } = first;
  const testVal = folds.filter((fold) => fold === models[0]!.val.length).length;
  const { groups } = await groupIds(layout, ids);
  return {
    ids,
    classes,
    labels,
    folds,
    groups,
    members,
    ...await readTest(models, reading),
    testVal,
    leftOut,
  };
}
