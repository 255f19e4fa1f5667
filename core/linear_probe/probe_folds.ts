import { basename, dirname, join } from "@std/path";
import type { Example, Split } from "../base/example.ts";
import { configProblem, isDataProblem } from "../base/problem.ts";
import { listFiles } from "../base/files.ts";
import type { Experiment } from "../experiment/experiment.ts";
import { splitExamples } from "../layout/examples.ts";
import { withoutExcluded } from "../layout/excluded.ts";
import { type TrainedSplit, trainedSplitOf } from "../layout/trained_split.ts";
import { isTrainedOnFold, type JoinedFeatures } from "./probe_features.ts";

/** A fold: a split file. */
export interface ProbeFold {
  /** Its number, from the name of the file. */
  readonly number: number;
  readonly split: TrainedSplit;
}

/** The name of a split file as what precedes its number, and the number. */
const NUMBERED = /^(.*\.)(\d+)\.csv$/;

function numberOf(path: string): number {
  return Number(NUMBERED.exec(basename(path))?.[2] ?? 0);
}

/** The split files beside one that differ from it in their number. */
async function siblings({ path, trained }: TrainedSplit): Promise<ProbeFold[]> {
  const prefix = NUMBERED.exec(basename(path))?.[1], folder = dirname(path);
  const names = (await listFiles(folder)).filter((name) => NUMBERED.exec(name)?.[1] === prefix);
  const paths = prefix === undefined ? [path] : names.map((name) => join(folder, name));
  const folds = await Promise.all(paths.map(async (path) => {
    const split = await trainedSplitOf({ path, rows: trained });
    return { number: numberOf(path), split: split! };
  }));
  return folds.sort((a, b) => a.number - b.number);
}

/**
 * The folds that a config stands for: where it is alone and its network was trained on none of this data, all split files
 * beside its own; else its own.
 *
 * @throws Problem (config) where the config's dataset names no split file, Problem (data) as {@link isTrainedOnFold}
 */
export async function foldsOf(
  experiment: Experiment,
  { features, isAlone }: { readonly features: JoinedFeatures; readonly isAlone: boolean },
): Promise<ProbeFold[]> {
  const own = await experiment.trainedSplit();
  if (own === null) {
    throw configProblem(
      `Cannot fit heads for ${experiment.path}: its dataset "${experiment.config.data.name}" names no split file that is there`,
      'Use DefaultDataset, and run "deno task stratified_split" first',
    );
  }
  const isTrained = isTrainedOnFold(features, own);
  return isAlone && !isTrained ? await siblings(own) : [{ number: numberOf(own.path), split: own }];
}

/** The images of a part of a fold that have features, and how many have none. */
export interface FoldPart {
  readonly examples: readonly Example[];
  readonly missing: number;
}

/** Reads a part of a fold; without images where the split file has none of it. */
export async function foldPart(
  experiment: Experiment,
  { fold, part, features }: {
    readonly fold: ProbeFold;
    readonly part: Split;
    readonly features: JoinedFeatures;
  },
): Promise<FoldPart> {
  const layout = await experiment.layout(),
    { exclude } = experiment.config.data,
    { path, trained } = fold.split;
  const rows = part === "train" ? trained : part;
  let examples: Example[];
  try {
    examples = await splitExamples(layout, { path, rows }, { onBroken: "skip" });
  } catch (error) {
    // A split may have no test_val; what else is wrong with its file, reading its train rows tells.
    if (part !== "test_val" || !isDataProblem(error)) throw error;
    return { examples: [], missing: 0 };
  }
  if (part === "train" && exclude !== null) {
    examples = await withoutExcluded(examples, { path: exclude, layout });
  }
  const found = examples.filter(({ id }) => features.rowOf.has(id));
  return { examples: found, missing: examples.length - found.length };
}
