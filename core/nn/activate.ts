/** What turns a network's outputs into predictions. */
export type Activation = "sigmoid" | "softmax" | "identity";

function softmax(logits: Float64Array): Float64Array {
  const top = Math.max(...logits);
  const powers = logits.map((value) => Math.exp(value - top));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((value) => value / sum);
}

/**
 * Predictions of rows of logits in float64: probabilities, or with `identity` the numbers as they are.
 *
 * @param logits `[rows, classes]`
 * @returns of the same shape
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals([...activate([0, 0], { activation: "sigmoid", classes: 2 })], [0.5, 0.5]);
 * assertEquals([...activate([3, 3, 1, 1], { activation: "softmax", classes: 2 })], [0.5, 0.5, 0.5, 0.5]);
 * ```
 */
export function activate(
  logits: ArrayLike<number>,
  { activation, classes }: { readonly activation: Activation; readonly classes: number },
): Float64Array {
  const all = Float64Array.from(logits);
  if (activation === "identity") return all;
  if (activation === "sigmoid") return all.map((x) => 1 / (1 + Math.exp(-x)));
  for (let start = 0; start < all.length; start += classes) {
    all.set(softmax(all.subarray(start, start + classes)), start);
  }
  return all;
}
