import type { Example } from "../base/example.ts";
import { dataProblem, nearestName } from "../base/problem.ts";
import { quoted } from "../base/quoted.ts";
import { targetRows } from "../data/target_rows.ts";
import { type SplitReading, testExamples } from "../layout/examples.ts";
import { byId } from "../layout/labels.ts";
import type { Layout, TargetKind } from "../plugin/contracts.ts";
import { type Predictions, readPredictions } from "../predictions/predictions.ts";
import { joinPredictions, selectRows } from "../predictions/rows.ts";
import { checkTeachers, predictedSplit } from "../predictions/teachers.ts";

/** Options of {@link softExamples}. */
export interface SoftExamplesOptions {
  readonly layout: Layout;
  /** Prediction files of train and test images. */
  readonly paths: readonly string[];
  /** How much of a labelled image's target is the predictions, the rest being its labels: distillation's alpha. */
  readonly share: number;
  /** Ids that are validated on: no teacher may have been trained on them. */
  readonly heldOut: ReadonlySet<string>;
  readonly reading: SplitReading;
}

/** Soft targets by Id. */
interface SoftTargets {
  readonly labelled: ReadonlyMap<string, Float64Array>;
  readonly test: ReadonlyMap<string, Float64Array>;
}

function checkKnown({ path, ids }: Predictions, known: ReadonlySet<string>, what: string): void {
  const strange = ids.find((id) => !known.has(id));
  if (strange === undefined) return;
  const nearest = nearestName(strange, [...known]);
  throw dataProblem(
    `Cannot learn from "${path}": the Id ${quoted(strange)} is no ${what} image of this data folder` +
      (nearest === undefined ? "" : `; did you mean ${quoted(nearest)}?`),
    "Name predictions of images of data.dir in data.targets",
  );
}

/** The rows of a file for labelled and for test images; where it does not tell which they are, their Ids do. */
async function partsOf(
  file: Predictions,
  { labelled, test }: { readonly labelled: ReadonlySet<string>; readonly test: ReadonlySet<string> },
): Promise<{ readonly labelled: Predictions; readonly test: Predictions }> {
  const split = await predictedSplit(file.path);
  const isTest = file.ids.map((id) => split === null ? !labelled.has(id) : split === "test");
  const rowsOf = (test: boolean) =>
    selectRows(file, [...isTest.keys()].filter((row) => isTest[row] === test));
  const parts = { labelled: rowsOf(false), test: rowsOf(true) };
  checkKnown(parts.labelled, labelled, "labelled");
  checkKnown(parts.test, test, split === null ? "train or test" : "test");
  return parts;
}

async function readTargets({ layout, paths, heldOut }: SoftExamplesOptions): Promise<SoftTargets> {
  const labelled = new Set((await layout.readLabels()).map(({ id }) => id));
  const test = new Set(await layout.testIds());
  const files = [];
  for (const path of paths) {
    const file = await readPredictions(path, { classes: layout.classes.length, target: layout.target });
    await checkTeachers(path, heldOut);
    files.push(await partsOf(file, { labelled, test }));
  }
  return {
    labelled: joinPredictions(files.map((file) => file.labelled)),
    test: joinPredictions(files.map((file) => file.test)),
  };
}

/**
 * Mixes soft targets into the labels of an image, `share * soft + (1 - share) * label` for each class. Where the loss is
 * linear in its targets, as cross entropies and focal losses are, this weighs the loss of the soft targets by `share` and
 * that of the labels by the rest.
 *
 * Source: Hinton, Vinyals and Dean, "Distilling the knowledge in a neural network", 2015 (at temperature 1).
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const example = { id: "a", source: "train" as const, files: [], labels: [1] };
 * const { soft } = mixTargets(example, [0.25, 0.75], { share: 0.5, target: "class" });
 * assertEquals([...Array.from(soft!)], [0.125, 0.875]);
 * ```
 */
export function mixTargets(
  example: Example,
  row: ArrayLike<number>,
  { share, target }: { readonly share: number; readonly target: TargetKind },
): Example {
  const hard = targetRows([example], { classes: row.length, target })!;
  return { ...example, soft: Float64Array.from(hard, (label, c) => share * row[c]! + (1 - share) * label) };
}

/** The labels that soft targets come nearest to: the likeliest class, the classes from 0.5 on, or the numbers as they are. */
export function nearestLabels(row: ArrayLike<number>, target: TargetKind): number[] {
  const values = Array.from(row);
  if (target === "value" || target === "probabilities") return values;
  if (target !== "class_set") return [values.indexOf(Math.max(...values))];
  return [...values.keys()].filter((label) => values[label]! >= 0.5);
}

async function pseudoLabelled(
  rows: SoftTargets["test"],
  { layout, reading }: SoftExamplesOptions,
): Promise<Example[]> {
  if (rows.size === 0) return [];
  const examples = await testExamples(layout, { ...reading, only: new Set(rows.keys()) });
  return examples.map((example) => {
    const soft = rows.get(example.id)!;
    return { ...example, labels: nearestLabels(soft, layout.target), soft };
  });
}

/** Examples with soft targets, and how many of them have some. */
export interface SoftExamples {
  /** Sorted by Id. */
  readonly examples: Example[];
  /** Labelled images with soft targets, and test images that were added. */
  readonly counts: { readonly labelled: number; readonly test: number };
}

/**
 * The train split with soft targets from prediction files: those of labelled images are mixed with their labels, and the
 * test images that the files hold are added (pseudo-labels). Where several files hold an image, their mean counts. Rows
 * of labelled images outside the train split are left alone.
 *
 * @throws a data problem where a teacher was trained on a held-out image or may have been, on an Id that is not in the
 * data folder, and where the files hold no image to train on
 */
export async function softExamples(
  train: readonly Example[],
  options: SoftExamplesOptions,
): Promise<SoftExamples> {
  const targets = await readTargets(options), { share, layout: { target } } = options;
  const soft = train.map((example) => {
    const row = targets.labelled.get(example.id);
    return row === undefined ? example : mixTargets(example, row, { share, target });
  });
  const added = await pseudoLabelled(targets.test, options);
  const labelled = soft.filter((example) => example.soft !== undefined).length;
  if (labelled + added.length === 0) {
    throw dataProblem(
      `Cannot learn from ${
        options.paths.map((path) => `"${path}"`).join(", ")
      }: no row is of the train split or a test image`,
      "Predict images to learn from with `deno task inference --split=train` or --split=test",
    );
  }
  return { examples: [...soft, ...added].sort(byId), counts: { labelled, test: added.length } };
}
