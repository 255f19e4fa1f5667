import { dataProblem } from "../base/problem.ts";
import { quoted } from "../base/quoted.ts";
import type { Layout } from "../plugin/contracts.ts";
import { type Predictions, readPredictions } from "../predictions/predictions.ts";

/** Labelled images with the probabilities of models that did not train on them, sorted by Id. */
export interface LabelledPredictions {
  readonly ids: readonly string[];
  /** `[ids, classes]`, 1 for a given class. */
  readonly labels: Uint8Array;
  /** `[ids, classes]`. */
  readonly probabilities: Float64Array;
}

const ADVICE = "Name the predictions of val of each fold, and those of test_val of one model";

/** Throws a data problem on an Id that an earlier file has. */
function checkApart(all: readonly Predictions[]): void {
  const owners = new Map<string, string>();
  for (const { path, ids } of all) {
    for (const id of ids) {
      const other = owners.get(id);
      if (other !== undefined) {
        throw dataProblem(
          `Cannot join "${path}" with "${other}": the Id ${quoted(id)} is in both`,
          `Each image must be there once. ${ADVICE}`,
        );
      }
      owners.set(id, path);
    }
  }
}

/** Throws a data problem where an image has not exactly one label. */
function checkOneLabel({ path, ids, classes, labels }: Predictions): void {
  for (const [row, id] of ids.entries()) {
    const count = [...labels!.subarray(row * classes, (row + 1) * classes)].filter((label) =>
      label === 1
    ).length;
    if (count === 1) continue;
    throw dataProblem(
      `Cannot use "${path}": the Id ${quoted(id)} has ${count} labels, each image of this layout has one`,
      "Run inference again, or name the layout that the file is of",
    );
  }
}

async function readLabelled(path: string, { classes, target }: Layout): Promise<Predictions> {
  const predictions = await readPredictions(path, { classes: classes.length, target });
  if (predictions.labels === null) {
    throw dataProblem(`Cannot find label issues in "${path}": it has no labels (columns L00 ...)`, ADVICE);
  }
  if (target !== "class_set") checkOneLabel(predictions);
  return predictions;
}

/**
 * Joins prediction files, such as those of val of each fold, which must have labels and no Id in common.
 *
 * @throws a data problem that names the file and the Id
 */
export async function joinPredictions(
  paths: readonly string[],
  layout: Layout,
): Promise<LabelledPredictions> {
  const all: Predictions[] = [];
  for (const path of paths) all.push(await readLabelled(path, layout));
  checkApart(all);
  const { classes: { length: classes } } = layout;
  const rows = all.flatMap((file) => file.ids.map((id, row) => ({ id, file, row })))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const labels = new Uint8Array(rows.length * classes),
    probabilities = new Float64Array(rows.length * classes);
  for (const [at, { file, row }] of rows.entries()) {
    const [from, to] = [row * classes, (row + 1) * classes];
    labels.set(file.labels!.subarray(from, to), at * classes);
    probabilities.set(file.probabilities.subarray(from, to), at * classes);
  }
  return { ids: rows.map(({ id }) => id), labels, probabilities };
}
