/**
 * What turns a network's outputs into predictions.
 *
 * - `sigmoid`: a probability per class
 * - `softmax`: probabilities of mutually exclusive classes
 * - `identity`: the outputs themselves, regression values
 * - `cumulative`: output k is the logit of "at least grade k" (the first output is ignored); differences of the
 *   cumulative probabilities, made non-increasing, are the probabilities of the grades
 * - `grade`: the first output is a point on the scale of grades 0 .. classes - 1 (the others are ignored); the two
 *   grades around it share the probability, so that the expected grade is the point, clamped to the scale
 */
export type Activation = "sigmoid" | "softmax" | "identity" | "cumulative" | "grade";

/** Means and deviations of standardised values: a value is `output * deviation + mean`; one entry per value. */
export interface ValueScale {
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
}

/** Whether the probabilities of a row sum to 1, so that the most probable class is the answer. */
export function isExclusive(activation: Activation): boolean {
  return activation === "softmax" || activation === "cumulative" || activation === "grade";
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

function cumulative(logits: Float64Array): Float64Array {
  const atLeast = logits.map((x, grade) => grade === 0 ? 1 : sigmoid(x));
  for (let grade = 1; grade < atLeast.length; grade++) {
    atLeast[grade] = Math.min(atLeast[grade]!, atLeast[grade - 1]!);
  }
  return atLeast.map((share, grade) => share - (atLeast[grade + 1] ?? 0));
}

function aroundPoint(logits: Float64Array): Float64Array {
  const point = Math.min(Math.max(logits[0]!, 0), logits.length - 1);
  return logits.map((_, grade) => Math.max(0, 1 - Math.abs(point - grade)));
}

function rescale(outputs: Float64Array, { mean, deviation }: ValueScale): Float64Array {
  return outputs.map((value, at) => value * deviation[at % deviation.length]! + mean[at % mean.length]!);
}

/** Activations that look at a whole row. */
const ROW_ACTIVATIONS = { softmax, cumulative, grade: aroundPoint };

function softmax(logits: Float64Array): Float64Array {
  const top = Math.max(...logits);
  const powers = logits.map((value) => Math.exp(value - top));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((value) => value / sum);
}

/**
 * Predictions of rows of logits in float64: probabilities, or with `identity` values.
 *
 * @param logits `[rows, classes]`
 * @param options.scale for `identity`: of standardised outputs; the outputs are the values when left out
 * @returns of the same shape
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals([...activate([0, 0], { activation: "sigmoid", classes: 2 })], [0.5, 0.5]);
 * assertEquals([...activate([3, 3, 1, 1], { activation: "softmax", classes: 2 })], [0.5, 0.5, 0.5, 0.5]);
 * assertEquals([...activate([9, 0, -800], { activation: "cumulative", classes: 3 })], [0.5, 0.5, 0]);
 * assertEquals([...activate([1.25, 7, 7], { activation: "grade", classes: 3 })], [0, 0.75, 0.25]);
 * ```
 */
export function activate(
  logits: ArrayLike<number>,
  { activation, classes, scale }: {
    readonly activation: Activation;
    readonly classes: number;
    readonly scale?: ValueScale | undefined;
  },
): Float64Array {
  const all = Float64Array.from(logits);
  if (activation === "identity") return scale ? rescale(all, scale) : all;
  if (activation === "sigmoid") return all.map(sigmoid);
  for (let start = 0; start < all.length; start += classes) {
    all.set(ROW_ACTIVATIONS[activation](all.subarray(start, start + classes)), start);
  }
  return all;
}
