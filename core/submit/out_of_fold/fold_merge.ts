import { configProblem, dataProblem } from "../../base/problem.ts";
import type { Layout } from "../../plugin/contracts.ts";
import { type MergeRule, mergeViews } from "../../predict/merge_views.ts";
import { type Predictions, readPredictions } from "../../predictions/predictions.ts";
import { checkSameIds } from "../average_predictions.ts";
import { isExclusive } from "../merge_images.ts";

/** How files of a model are read and merged. */
export interface FoldReading {
  readonly layout: Layout;
  readonly rule: MergeRule;
}

/** Throws a config problem where the rule is one of probabilities and the target is value. */
export function checkFoldMerge({ layout, rule }: FoldReading): void {
  if (layout.target !== "value" || rule === "mean") return;
  throw configProblem(
    `Cannot use fold_merge: ${rule}: it is a rule of probabilities, the target is value`,
    "Choose mean",
  );
}

function byId({ ids }: Predictions): number[] {
  return [...ids.keys()].sort((a, b) => (ids[a]! < ids[b]! ? -1 : 1));
}

/** The rows of predictions in a given order. */
export function takeRows(predictions: Predictions, rows: readonly number[]): Predictions {
  const { ids, classes, labels, probabilities } = predictions;
  const taken = new Float64Array(rows.length * classes);
  const kept = labels && new (labels instanceof Uint8Array ? Uint8Array : Float32Array)(taken.length);
  for (const [place, row] of rows.entries()) {
    taken.set(probabilities.subarray(row * classes, (row + 1) * classes), place * classes);
    kept?.set(labels!.subarray(row * classes, (row + 1) * classes), place * classes);
  }
  return { ...predictions, ids: rows.map((row) => ids[row]!), labels: kept, probabilities: taken };
}

/** Reads a prediction file, sorted by Id. */
export async function readSorted(path: string, { layout }: FoldReading): Promise<Predictions> {
  const { classes: { length: classes }, target } = layout;
  const predictions = await readPredictions(path, { classes, target });
  return takeRows(predictions, byId(predictions));
}

/** One matrix of the files' predictions, whose rows are merged. */
function mergeRows(files: readonly Predictions[], { layout, rule }: FoldReading): Float64Array {
  const { classes, ids } = files[0]!, views = files.length;
  const images = ids.map((_, row) => {
    const image = new Float64Array(views * classes);
    for (const [fold, { probabilities }] of files.entries()) {
      image.set(probabilities.subarray(row * classes, (row + 1) * classes), fold * classes);
    }
    return image;
  });
  const merged = new Float64Array(ids.length * classes);
  const rows = mergeViews(images, rule, { views, classes, exclusive: isExclusive(layout.target) });
  for (const [row, values] of rows.entries()) merged.set(values, row * classes);
  return merged;
}

/**
 * Predictions of one fold on the scale that the rule gives merged ones, so that thresholds chosen on them fit the test
 * predictions: ranks among the file's images with `rank`, else as they are.
 */
export function onMergedScale(predictions: Predictions, reading: FoldReading): Predictions {
  if (reading.rule !== "rank") return predictions;
  return { ...predictions, probabilities: mergeRows([predictions], reading) };
}

/**
 * Merges the test predictions of a model's folds by the rule, sorted by Id.
 *
 * @throws Problem (data) when the files have different Ids
 */
export async function mergeTest(
  { name, test }: { readonly name: string; readonly test: readonly string[] },
  reading: FoldReading,
): Promise<Predictions> {
  const files: Predictions[] = [];
  for (const path of test) files.push(await readSorted(path, reading));
  const [first, ...others] = files;
  if (first === undefined) {
    throw dataProblem(`Cannot merge the test predictions of "${name}": none are named`);
  }
  for (const other of others) checkSameIds(first, other);
  return { ...first, path: name, labels: null, probabilities: mergeRows(files, reading) };
}
