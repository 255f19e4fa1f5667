import { checkWritableFile } from "../base/check_writable.ts";
import { type Output, SILENT } from "../base/output.ts";
import { configProblem, dataProblem, nearestName } from "../base/problem.ts";
import { quoted } from "../base/quoted.ts";
import { sha256OfFile } from "../base/sha256.ts";
import type { DataSettings } from "../layout/data_settings.ts";
import { isNumeric } from "../layout/labels.ts";
import { openLayout } from "../layout/open_layout.ts";
import type { Layout } from "../plugin/contracts.ts";
import { loadPlugins } from "../plugin/registry.ts";
import { type Predictions, readPredictions, writePredictions } from "../predictions/predictions.ts";
import { selectRows } from "../predictions/rows.ts";
import { type Teacher, teachersOf } from "../predictions/teachers.ts";
import { averagePredictions } from "../submit/average_predictions.ts";
import { type Choice, chooseSure } from "./choose_sure.ts";

/** Options of {@link pseudoLabel}. */
export interface PseudoLabelRequest extends DataSettings {
  /** Prediction files of the test images, whose mean counts. */
  readonly predictions: readonly string[];
  readonly choice: Choice;
  /** Path of the file that is written. */
  readonly path: string;
  /** Receives warnings; silent when left out. */
  readonly output?: Output;
}

/** Result of {@link pseudoLabel}. */
export interface PseudoLabels {
  readonly path: string;
  /** Test images that were predicted, and how many of them are sure enough. */
  readonly predicted: number;
  readonly chosen: number;
  /** Sum of each class's probabilities over the chosen images: how many of them have it. */
  readonly counts: readonly { readonly name: string; readonly images: number }[];
}

function checkTarget({ target }: Layout): void {
  if (!isNumeric(target)) return;
  throw configProblem(
    `Cannot choose the surest predictions: the target ${target} of this layout has no classes to be sure of`,
    "Name the prediction files themselves in data.targets",
  );
}

/** Throws a data problem on rows that are not of test images. */
async function checkTestImages(layout: Layout, { path, ids }: Predictions): Promise<void> {
  const test = new Set(await layout.testIds());
  const other = ids.find((id) => !test.has(id));
  if (other === undefined) return;
  const nearest = nearestName(other, [...test]);
  throw dataProblem(
    `Cannot make pseudo-labels of "${path}": ${quoted(other)} is no test image` +
      (nearest === undefined ? "" : `; did you mean ${quoted(nearest)}?`),
    "Predict the test images with `deno task inference --split=test`",
  );
}

async function readMean(layout: Layout, paths: readonly string[]): Promise<Predictions> {
  const { classes: { length: classes }, target } = layout;
  const files = [];
  for (const path of paths) {
    const file = await readPredictions(path, { classes, target });
    await checkTestImages(layout, file);
    files.push({ ...file, labels: null });
  }
  return averagePredictions(files, files.map(() => 1));
}

function noneSure({ predictions }: PseudoLabelRequest, surest: number): never {
  throw dataProblem(
    `Cannot make pseudo-labels of ${
      predictions.map((path) => `"${path}"`).join(", ")
    }: no image is sure enough, ` +
      `the surest has ${surest.toFixed(4)}`,
    "Lower --threshold, or take the surest with --share",
  );
}

function warnOfTeachers(teachers: readonly Teacher[] | null, output: Output): void {
  if (teachers === null) {
    output.warn(
      "it is not known what the models that made the predictions were trained on: training on them will be refused",
    );
    return;
  }
  const splits = new Set(teachers.map(({ split_file }) => split_file.path));
  if (splits.size < 2) return;
  output.warn(
    `the predictions are of models of ${splits.size} split files (${
      [...splits].join(", ")
    }): training on them is ` +
      "refused where one of these has seen the validation rows; make one file for each fold",
  );
}

function countClasses({ classes }: Layout, { probabilities }: Predictions): PseudoLabels["counts"] {
  const sums = classes.map(() => 0);
  for (const [index, value] of probabilities.entries()) sums[index % classes.length]! += value;
  return classes.map((name, label) => ({ name, images: sums[label]! }));
}

/**
 * Writes the predictions of the test images that are sure enough, probabilities as they are, as a file for
 * `data.targets`, and beside it which models made it and what they were trained on.
 *
 * Source: Lee, "Pseudo-label", 2013; with a threshold and soft labels as in Xie et al., "Noisy student", 2020.
 *
 * @throws a data problem on rows that are not of test images and where no image is sure enough; a config problem on a
 * target without classes
 */
export async function pseudoLabel(request: PseudoLabelRequest): Promise<PseudoLabels> {
  const { predictions, choice, path, output = SILENT } = request;
  await checkWritableFile(path, "the pseudo-labels");
  const registry = await loadPlugins([], ["layouts"]);
  const layout = await openLayout(registry, request.dataDir, {
    name: request.layout,
    params: request.layoutParams,
  });
  checkTarget(layout);
  const mean = await readMean(layout, predictions);
  const { rows, surest } = chooseSure(mean, choice, layout.target);
  if (rows.length === 0) noneSure(request, surest);
  const teachers = await teachersOf(predictions);
  warnOfTeachers(teachers, output);
  const chosen = selectRows(mean, rows);
  const files = await Promise.all(
    predictions.map(async (file) => ({ path: file, sha256: await sha256OfFile(file) })),
  );
  await writePredictions(path, chosen, { provenance: { split: "test", ...choice, files, teachers } });
  const counts = countClasses(layout, chosen);
  return { path, predicted: mean.ids.length, chosen: rows.length, counts };
}
