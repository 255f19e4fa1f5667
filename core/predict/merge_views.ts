import { meanOfViews } from "../nn/mean_of_views.ts";

/**
 * How the probabilities of an image's views are merged: `mean`; `gmean`, the geometric mean, in which uncertain views
 * count less; `rank`, the mean of each view's rank among all images, which ignores calibration.
 */
export const MERGE_RULES = ["mean", "gmean", "rank"] as const;

/** One of `MERGE_RULES`. */
export type MergeRule = (typeof MERGE_RULES)[number];

/** Number of views and classes of an image. */
export interface ViewShape {
  readonly views: number;
  readonly classes: number;
  /** Softmax: the geometric mean is normalised over the classes; sigmoid: over p and 1 - p of each class. */
  readonly exclusive: boolean;
}

/** Lower bound that keeps logarithms finite. */
const TINY = 1e-300;

function geometricMean(views: ArrayLike<number>, shape: ViewShape): Float64Array {
  const yes = meanOfViews(views, shape, (p) => Math.log(Math.max(p, TINY))).map(Math.exp);
  if (shape.exclusive) {
    const sum = yes.reduce((a, b) => a + b, 0);
    return yes.map((value) => value / sum);
  }
  const no = meanOfViews(views, shape, (p) => Math.log(Math.max(1 - p, TINY))).map(Math.exp);
  return yes.map((value, c) => value / (value + no[c]!));
}

/** Ranks scaled to 1 / n .. 1; ties get the mean of their ranks. */
function ranksOf(values: Float64Array): Float64Array {
  const order = [...values.keys()].sort((a, b) => values[a]! - values[b]!);
  const ranks = new Float64Array(values.length);
  for (let start = 0; start < order.length;) {
    let end = start + 1;
    while (end < order.length && values[order[end]!] === values[order[start]!]) end++;
    for (let i = start; i < end; i++) ranks[order[i]!] = (start + end + 1) / 2 / order.length;
    start = end;
  }
  return ranks;
}

function rankImages(images: readonly ArrayLike<number>[], shape: ViewShape): Float64Array[] {
  const length = shape.views * shape.classes;
  const ranked = images.map(() => new Float64Array(length));
  for (let column = 0; column < length; column++) {
    const ranks = ranksOf(Float64Array.from(images, (image) => image[column]!));
    for (const [i, rank] of ranks.entries()) ranked[i]![column] = rank;
  }
  return ranked.map((views) => meanOfViews(views, shape));
}

/**
 * Merges the rows of each image's views into one row of probabilities.
 *
 * @param images `[views, classes]` per image
 * @returns `[classes]` per image; with `rank`, ranks from 1 / images to 1
 *
 * @example
 * ```ts
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 * const shape = { views: 2, classes: 1, exclusive: false };
 * assertEquals(mergeViews([[0.2, 0.4]], "mean", shape).map((row) => Math.round(row[0]! * 100)), [30]);
 * assertAlmostEquals(mergeViews([[0.5, 0.9]], "gmean", shape)[0]![0]!, 0.75);
 * assertEquals(mergeViews([[0.1, 0.9], [0.2, 0.8], [0.3, 0.1]], "rank", shape).map((row) => row[0]! * 3), [2, 2, 2]);
 * ```
 */
export function mergeViews(
  images: readonly ArrayLike<number>[],
  rule: MergeRule,
  shape: ViewShape,
): Float64Array[] {
  if (rule === "rank") return rankImages(images, shape);
  return images.map((views) => rule === "gmean" ? geometricMean(views, shape) : meanOfViews(views, shape));
}
