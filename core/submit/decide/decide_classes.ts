import { logit } from "../../ensemble/logistic.ts";

/** Settings for turning probabilities into class labels. */
export interface DecisionOptions {
  readonly multiLabel: boolean;
  /** One threshold per class; multi-label data only. */
  readonly thresholds: ArrayLike<number>;
  /** Prediction when no class exceeds its threshold: the class nearest to its threshold, or none. */
  readonly empty: "nearest" | "blank";
}

/** Index of the largest value; ties go to the first. */
export function argmax(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}

/**
 * Predicted classes of one image: those above their threshold, or the argmax for single-label data.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const options = { multiLabel: true, thresholds: [0.5, 0.1], empty: "nearest" } as const;
 * assertEquals(decideClasses([0.6, 0.2], options), [0, 1]);
 * assertEquals(decideClasses([0.4, 0.01], options), [0]);
 * assertEquals(decideClasses([0.3, 0.4], { ...options, multiLabel: false }), [1]);
 * ```
 */
export function decideClasses(probabilities: ArrayLike<number>, options: DecisionOptions): number[] {
  if (!options.multiLabel) return [argmax(probabilities)];
  const all = Array.from(probabilities);
  const above = [...all.keys()].filter((c) => all[c]! > options.thresholds[c]!);
  if (above.length > 0 || options.empty === "blank") return above;
  return [argmax(all.map((probability, c) => logit(probability) - logit(options.thresholds[c]!)))];
}
