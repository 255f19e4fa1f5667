import { pathExists } from "../base/files.ts";
import { dataProblem } from "../base/problem.ts";
import type { Split } from "../base/example.ts";
import type { Experiment } from "../experiment/experiment.ts";
import { isSameSplit, type TrainedSplit } from "../layout/trained_split.ts";
import { type FeatureOrigin, featurePath, type Features, readFeatures } from "../predict/feature_file.ts";
import type { FeatureTable } from "./standardize.ts";

const SPLITS: readonly Split[] = ["train", "val", "test_val", "test"];

/** The features of all images of a config, from several files. */
export interface JoinedFeatures extends FeatureTable {
  readonly paths: readonly string[];
  /** Row of each Id. */
  readonly rowOf: ReadonlyMap<string, number>;
  /** What is the same of all files. */
  readonly origin: FeatureOrigin;
}

/** The files that are named, else those that extract writes by default. */
async function pathsOf(experiment: Experiment, named: readonly string[]): Promise<string[]> {
  if (named.length > 0) return [...named];
  const usual = SPLITS.map((split) => featurePath(experiment.config.train.dir, split));
  const there = await Promise.all(usual.map(pathExists)), found = usual.filter((_, i) => there[i]);
  if (found.length > 0) return found;
  throw dataProblem(
    `Cannot fit heads for ${experiment.path}: there is no "${usual[0]}"`,
    `Run "deno task extract ${experiment.path}", or name files with --features`,
  );
}

/** Throws a data problem where two files are not of the same network and views. */
function checkAlike(first: Features, other: Features): void {
  const [one, two] = [first, other].map(({ width, origin: { weightsSha256, views } }) =>
    JSON.stringify([width, weightsSha256, views])
  );
  if (one === two) return;
  throw dataProblem(
    `Cannot use "${first.path}" and "${other.path}" together: they are of different networks or views`,
    "Run extract again for all splits",
  );
}

/** Reads feature files and joins them by Id; an Id that several have is taken from the first. */
export async function joinFeatures(
  experiment: Experiment,
  named: readonly string[],
): Promise<JoinedFeatures> {
  const paths = await pathsOf(experiment, named), files: Features[] = [];
  for (const path of paths) files.push(await readFeatures(path));
  const [first, ...others] = files as [Features, ...Features[]];
  for (const other of others) checkAlike(first, other);
  const { width, origin } = first,
    values = new Float32Array(files.reduce((sum, file) => sum + file.values.length, 0));
  const rowOf = new Map<string, number>();
  let row = 0;
  for (const { ids, values: own } of files) {
    values.set(own, row * width);
    for (const id of ids) {
      if (!rowOf.has(id)) rowOf.set(id, row);
      row += 1;
    }
  }
  return { paths, width, values, rowOf, origin };
}

/**
 * Whether the network was trained on this config's own fold; else on none of this data.
 *
 * @throws Problem (data) where it is not known what it was trained on, or where it was another split
 */
export function isTrainedOnFold({ paths: [path], origin }: JoinedFeatures, own: TrainedSplit): boolean {
  const { trainedSplit } = origin;
  if (trainedSplit === undefined) return false;
  if (trainedSplit !== null && isSameSplit(trainedSplit, own)) return true;
  throw dataProblem(
    trainedSplit === null
      ? `Cannot use "${path}": it does not tell which split trained its network, which may have seen any image`
      : `Cannot use "${path}": its network was trained on "${trainedSplit.path}" as it was then, not on "${own.path}" ` +
        "as it is now, and may have seen images that are held out",
    "Extract with the checkpoint of this config's own fold, or with pretrained --weights",
  );
}
