import { pairwiseSum } from "./pairwise_sum.ts";
import { roundPreservingSum } from "./round_counts.ts";

/** One given class an image, and the probabilities that a model that never saw the image gives it. */
export interface GivenClasses {
  readonly classes: number;
  /** The given class of each image. */
  readonly given: Int32Array;
  /** `[images, classes]`. */
  readonly probabilities: Float64Array;
}

/** What a probability may lie below its threshold. */
const TOLERANCE = 1e-6;
/** Higher than any probability. */
const UNREACHED = 2;

/** The mean probability of each class among the images that are given it; out of reach for a class without images. */
function confidentThresholds({ classes, given, probabilities }: GivenClasses): number[] {
  return Array.from({ length: classes }, (_, c) => {
    const own = [...given.keys()].filter((row) => given[row] === c);
    if (own.length === 0) return UNREACHED;
    const mean = pairwiseSum(Float64Array.from(own, (row) => probabilities[row * classes + c]!)) / own.length;
    return Math.max(mean, 2 * TOLERANCE);
  });
}

/** The most probable class of an image, the first of equal ones. */
export function likeliest({ classes, probabilities }: GivenClasses, row: number): number {
  let best = 0;
  for (let c = 1; c < classes; c++) {
    if (probabilities[row * classes + c]! > probabilities[row * classes + best]!) best = c;
  }
  return best;
}

/** The class that an image is confidently of; null when it reaches no class's threshold. */
function confidentClass(table: GivenClasses, row: number, thresholds: readonly number[]): number | null {
  const { classes, probabilities } = table;
  const isReached = (c: number) => probabilities[row * classes + c]! >= thresholds[c]! - TOLERANCE;
  const reached = Array.from({ length: classes }, (_, c) => c).filter(isReached);
  // Of several the most probable of all classes counts, whether it reached its own threshold or not.
  return reached.length > 1 ? likeliest(table, row) : reached[0] ?? null;
}

/** Counts `[given, confident]`, at least one image of each class confidently of it. */
function countPairs(table: GivenClasses): Float64Array {
  const { classes, given } = table, counts = new Float64Array(classes * classes);
  const thresholds = confidentThresholds(table);
  for (const [row, own] of given.entries()) {
    const confident = confidentClass(table, row, thresholds);
    if (confident !== null) counts[own * classes + confident]! += 1;
  }
  for (let c = 0; c < classes; c++) counts[c * classes + c] = Math.max(1, counts[c * classes + c]!);
  return counts;
}

function rowOf(matrix: Float64Array, row: number, classes: number): Float64Array {
  return matrix.subarray(row * classes, (row + 1) * classes);
}

function transposed(matrix: Float64Array, classes: number): Float64Array {
  return matrix.map((_, at) => matrix[(at % classes) * classes + Math.floor(at / classes)]!);
}

/** Scales each row to the number of images that are given its class, all to the number of images, and rounds. */
function calibrate(counts: Float64Array, { classes, given }: GivenClasses): Float64Array {
  const images = new Float64Array(classes);
  for (const own of given) images[own]! += 1;
  const sums = images.map((_, c) => pairwiseSum(rowOf(counts, c, classes)));
  const scaled = counts.map((count, at) => {
    const own = Math.floor(at / classes);
    return count / sums[own]! * images[own]!;
  });
  // cleanlab's matrix lies column by column in memory, which decides the order of additions.
  const total = pairwiseSum(transposed(scaled, classes));
  const joint = scaled.map((count) => count / total * given.length);
  for (let c = 0; c < classes; c++) {
    rowOf(joint, c, classes).set(roundPreservingSum(rowOf(joint, c, classes)));
  }
  return joint;
}

/**
 * The confident joint: an estimate of how many images are given a class and are in truth of another, `[given, true]` in
 * whole numbers. An image counts as of a class when its probability reaches the mean among images that are given the class.
 *
 * Source: Northcutt et al. 2021, Confident Learning; `compute_confident_joint` in cleanlab/count.py, calibrated.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const probabilities = Float64Array.of(0.9, 0.1, 0.1, 0.9, 0.2, 0.8, 0.1, 0.9);
 * assertEquals([...confidentJoint({ classes: 2, given: Int32Array.of(0, 0, 1, 1), probabilities })], [1, 1, 0, 2]);
 * ```
 */
export function confidentJoint(table: GivenClasses): Float64Array {
  return calibrate(countPairs(table), table);
}
