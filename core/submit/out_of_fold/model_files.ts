import { pathExists } from "../../base/files.ts";
import { readTrainDir } from "../../config/train_dir.ts";
import { predictionPath } from "../../predict/prediction_path.ts";

/** A model of submission.yml: its folds by their configs, or by their prediction files. */
export interface ModelChoice {
  readonly name: string;
  readonly configs?: readonly string[] | undefined;
  readonly val?: readonly string[] | undefined;
  readonly test_val?: readonly string[] | undefined;
  readonly test?: readonly string[] | undefined;
}

/** The prediction files of a model, one a fold. */
export interface OutOfFoldModel {
  readonly name: string;
  /** Predictions of the rows that each fold leaves out. */
  readonly val: readonly string[];
  /** Predictions of test_val, which no fold was trained on; empty when they are not joined. */
  readonly testVal: readonly string[];
  /** Predictions of the test images; empty when they are not asked for. */
  readonly test: readonly string[];
}

/** The files of all models. */
export interface ModelFiles {
  readonly models: readonly OutOfFoldModel[];
  /** Why the test_val predictions that some models have are not joined; null when there is nothing to tell. */
  readonly note: string | null;
}

async function filesOf({ name, configs, val, test_val, test }: ModelChoice): Promise<OutOfFoldModel> {
  if (configs === undefined) return { name, val: val ?? [], testVal: test_val ?? [], test: test ?? [] };
  const dirs = await Promise.all(configs.map(readTrainDir));
  const pathsOf = (split: "val" | "test_val" | "test") => dirs.map((dir) => predictionPath(dir, split));
  return { name, val: pathsOf("val"), testVal: pathsOf("test_val"), test: pathsOf("test") };
}

/** Why the test_val predictions of a model cannot be joined; null when they can. */
async function whatLacks({ name, testVal }: OutOfFoldModel): Promise<string | null> {
  if (testVal.length === 0) return `the model "${name}" names no test_val files`;
  for (const path of testVal) if (!(await pathExists(path))) return `there is no "${path}"`;
  return null;
}

async function hasSome({ testVal }: OutOfFoldModel): Promise<boolean> {
  const there = await Promise.all(testVal.map(pathExists));
  return there.includes(true);
}

/**
 * The prediction files of models: those named, or those that inference writes by default for the configs named. The
 * predictions of test_val are joined when each fold of each model has them, else those of none.
 *
 * @throws Problem (config) on a config that cannot be read
 */
export async function modelFiles(choices: readonly ModelChoice[]): Promise<ModelFiles> {
  const models = await Promise.all(choices.map(filesOf));
  const lacks = (await Promise.all(models.map(whatLacks))).filter((reason) => reason !== null);
  if (lacks.length === 0) return { models, note: null };
  const some = (await Promise.all(models.map(hasSome))).includes(true);
  const note = some ? `the images of test_val are left out: ${lacks[0]}` : null;
  return { models: models.map((model) => ({ ...model, testVal: [] })), note };
}
