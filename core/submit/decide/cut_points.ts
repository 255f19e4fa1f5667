import { Random } from "../../base/random.ts";
import type { ScoredPredictions } from "../../plugin/contracts.ts";
import { argmax } from "./decide_classes.ts";
import type { SubmissionMetric } from "./metric.ts";

const FOLDS = 5;
/** Places that are tried for a cut point: between images, as many to the left of one as to the left of the next. */
const PLACES = 48;
const MOST_ROUNDS = 10;

/** Cut points between grades, and what they score beside the most probable grade. */
export interface CutPoints {
  /** Ascending, one fewer than grades: an image has the grade that is the number of points its expected grade exceeds. */
  readonly points: readonly number[];
  /** Scores on folds that were held out. */
  readonly heldOut: { readonly cutPoints: number; readonly argmax: number };
}

/** The expected grade, the sum of index times probability. */
export function expectedGrade(prediction: ArrayLike<number>): number {
  let [sum, total] = [0, 0];
  for (let grade = 0; grade < prediction.length; grade++) {
    sum += grade * prediction[grade]!;
    total += prediction[grade]!;
  }
  return total > 0 ? sum / total : 0;
}

/** The grade of an expected grade: how many cut points it exceeds. */
export function gradeOf(expected: number, points: readonly number[]): number {
  return points.filter((point) => expected > point).length;
}

/** Predictions that give all probability to one class of each image. */
export function oneHot(labels: readonly number[], classes: number): Float64Array {
  const predictions = new Float64Array(labels.length * classes);
  for (const [row, label] of labels.entries()) predictions[row * classes + label] = 1;
  return predictions;
}

/** Expected grades of images with their targets. */
interface Graded {
  readonly classes: number;
  readonly expected: readonly number[];
  readonly targets: Float32Array;
}

function take({ classes, expected, targets }: Graded, rows: readonly number[]): Graded {
  const kept = new Float32Array(rows.length * classes);
  for (const [place, row] of rows.entries()) {
    kept.set(targets.subarray(row * classes, (row + 1) * classes), place * classes);
  }
  return { classes, expected: rows.map((row) => expected[row]!), targets: kept };
}

function meritOf(labels: readonly number[], { classes, targets }: Graded, metric: SubmissionMetric): number {
  return metric.merit({ rows: labels.length, predictions: oneHot(labels, classes), targets });
}

/** Places for cut points: midway between neighbours of the sorted expected grades. */
function placesFor(expected: readonly number[]): number[] {
  const values = [...new Set(expected)].sort((a, b) => a - b);
  const count = Math.min(PLACES, values.length - 1);
  return Array.from({ length: count }, (_, place) => {
    const at = Math.floor((place + 0.5) * (values.length - 1) / count);
    return (values[at]! + values[at + 1]!) / 2;
  });
}

/** Moves one cut point after another to its best place between its neighbours, as long as that raises the score. */
function climb(
  start: readonly number[],
  places: readonly number[],
  merit: (points: readonly number[]) => number,
): number[] {
  let [points, best] = [[...start], merit(start)];
  for (let round = 0, better = true; better && round < MOST_ROUNDS; round++) {
    better = false;
    for (const at of points.keys()) {
      const [low, high] = [points[at - 1] ?? -Infinity, points[at + 1] ?? Infinity];
      for (const place of places.filter((place) => place > low && place < high)) {
        const moved = points.with(at, place), score = merit(moved);
        if (score > best) [points, best, better] = [moved, score, true];
      }
    }
  }
  return points;
}

function fitPoints(graded: Graded, metric: SubmissionMetric): number[] {
  const merit = (points: readonly number[]) =>
    meritOf(graded.expected.map((value) => gradeOf(value, points)), graded, metric);
  const start = Array.from({ length: graded.classes - 1 }, (_, grade) => grade + 0.5);
  return climb(start, placesFor(graded.expected), merit);
}

/** Grades of images while their fold was held out. */
function heldOutGrades(graded: Graded, metric: SubmissionMetric, seed: number): number[] {
  const rows = [...graded.expected.keys()];
  const order = new Random(seed, "cut point folds").shuffle([...rows]);
  const grades = new Array<number>(rows.length).fill(0);
  for (let fold = 0; fold < FOLDS; fold++) {
    const held = order.filter((_, place) => place % FOLDS === fold);
    const kept = order.filter((_, place) => place % FOLDS !== fold);
    const points = fitPoints(take(graded, kept), metric);
    for (const row of held) grades[row] = gradeOf(graded.expected[row]!, points);
  }
  return grades;
}

/**
 * Cut points on the expected grade by coordinate search from k + 0.5, each step one that raises the metric on the
 * labelled images. The scores on five held-out folds, beside those of the most probable grade, tell whether to use them.
 */
export function chooseCutPoints(
  { rows, predictions, targets }: ScoredPredictions,
  metric: SubmissionMetric,
  { seed }: { readonly seed: number },
): CutPoints {
  const classes = targets.length / rows;
  const rowOf = (row: number) => predictions.subarray(row * classes, (row + 1) * classes);
  const expected = Array.from({ length: rows }, (_, row) => expectedGrade(rowOf(row)));
  const likeliest = expected.map((_, row) => argmax(rowOf(row)));
  const graded = { classes, expected, targets };
  const score = (labels: readonly number[]) =>
    metric.score({ rows, predictions: oneHot(labels, classes), targets });
  const heldOut = { cutPoints: score(heldOutGrades(graded, metric, seed)), argmax: score(likeliest) };
  return { points: fitPoints(graded, metric), heldOut };
}
