import { configProblem, dataProblem } from "../base/problem.ts";
import { firstFew, quoted } from "../base/quoted.ts";
import type { Layout, TargetKind } from "../plugin/contracts.ts";
import { mergeViews } from "../predict/merge_views.ts";
import type { Predictions } from "../predictions/predictions.ts";

/**
 * How the predictions of several images with one submission Id become one: `mean`; `gmean`, the geometric mean; `max`,
 * the largest of each class.
 */
export const IMAGE_MERGE_RULES = ["mean", "gmean", "max"] as const;

/** One of `IMAGE_MERGE_RULES`. */
export type ImageMergeRule = (typeof IMAGE_MERGE_RULES)[number];

/** Whether the probabilities of an image are those of exclusive classes, so that they sum to 1. */
export function isExclusive(target: TargetKind): boolean {
  return target === "class" || target === "grade" || target === "probabilities";
}

function mergeRows(rows: readonly Float64Array[], rule: ImageMergeRule, exclusive: boolean): Float64Array {
  const classes = rows[0]!.length;
  if (rule === "max") {
    return Float64Array.from({ length: classes }, (_, c) => Math.max(...rows.map((row) => row[c]!)));
  }
  const joined = new Float64Array(rows.length * classes);
  for (const [index, row] of rows.entries()) joined.set(row, index * classes);
  return mergeViews([joined], rule, { views: rows.length, classes, exclusive })[0]!;
}

function checkLabels(predictions: Predictions, groups: ReadonlyMap<string, readonly number[]>): void {
  const { labels, classes, path } = predictions;
  if (labels === null) return;
  const text = (row: number) => labels.subarray(row * classes, (row + 1) * classes).join();
  const torn = [...groups].filter(([, rows]) => new Set(rows.map(text)).size > 1).map(([id]) => quoted(id));
  if (torn.length === 0) return;
  throw dataProblem(
    `Cannot merge the images of "${path}": those of ${torn.length} submission Ids have labels that differ: ${
      firstFew(torn)
    }`,
    "Correct the label file: images that share a submission Id share its answer",
  );
}

/**
 * Merges the predictions of images that share a submission Id, in the order of their first images.
 *
 * Throws a data problem where their labels differ.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const probabilities = Float64Array.of(0.25, 0.5, 0.75);
 * const images = { path: "", ids: ["a_1", "b_1", "a_2"], classes: 1, labels: null, probabilities };
 * const idOf = (id: string) => id.slice(0, 1);
 * const { ids, probabilities: merged } = mergeImages(images, idOf, { rule: "mean", target: "class_set" });
 * assertEquals([ids, [...merged]], [["a", "b"], [0.5, 0.5]]);
 * ```
 */
export function mergeImages(
  predictions: Predictions,
  idOf: (id: string) => string,
  { rule, target }: { readonly rule: ImageMergeRule; readonly target: TargetKind },
): Predictions {
  const { classes, labels, probabilities } = predictions;
  const groups = new Map<string, number[]>();
  for (const [row, id] of predictions.ids.entries()) {
    const rows = groups.get(idOf(id));
    if (rows) rows.push(row);
    else groups.set(idOf(id), [row]);
  }
  checkLabels(predictions, groups);
  const rowOf = (row: number) => probabilities.subarray(row * classes, (row + 1) * classes);
  const merged = new Float64Array(groups.size * classes);
  const kept = labels && new (labels instanceof Uint8Array ? Uint8Array : Float32Array)(merged.length);
  for (const [place, rows] of [...groups.values()].entries()) {
    const first = rows[0]! * classes;
    merged.set(mergeRows(rows.map(rowOf), rule, isExclusive(target)), place * classes);
    kept?.set(labels!.subarray(first, first + classes), place * classes);
  }
  return { ...predictions, ids: [...groups.keys()], labels: kept, probabilities: merged };
}

/** The submission Id of a labelled image, which may be one of the train or of the external images. */
async function labelledIdOf(layout: Layout): Promise<(id: string) => string> {
  const sources = new Map((await layout.readLabels()).map((row) => [row.id, row.source]));
  return (id) => layout.submissionIdOf!(id, sources.get(id) ?? "train");
}

/** Predictions by submission Id, of labelled and of test images; as they are where each image has an Id of its own. */
export async function mergeBySubmissionId(
  { validation, test }: { readonly validation: Predictions; readonly test: Predictions },
  layout: Layout,
  rule: ImageMergeRule,
): Promise<{ readonly validation: Predictions; readonly test: Predictions }> {
  if (layout.submissionIdOf === undefined) return { validation, test };
  const { target } = layout;
  if (rule === "gmean" && target === "value") {
    throw configProblem(
      "Cannot use merge: gmean: the geometric mean is one of probabilities, the target is value",
      "Choose mean or max",
    );
  }
  return {
    validation: mergeImages(validation, await labelledIdOf(layout), { rule, target }),
    test: mergeImages(test, (id) => layout.submissionIdOf!(id, "test"), { rule, target }),
  };
}
