import type { TargetKind } from "../plugin/contracts.ts";

/** A metric of a config, with the reason why it is this one. */
export interface MetricGuess {
  readonly name: string;
  readonly params: Readonly<Record<string, number>>;
  readonly reason: string;
}

/** What is known of a submission when its metric is guessed. */
export interface SubmissionFacts {
  readonly target: TargetKind;
  readonly shape: "labels" | "score" | "columns" | "ranked" | "value";
  /** Classes of a ranked answer. */
  readonly ranked: number | null;
  /** Whether the columns of a row sum to 1. */
  readonly rowSum: boolean;
}

function guess(name: string, reason: string, params: Record<string, number> = {}): MetricGuess {
  return { name, params, reason };
}

/**
 * The metric that competitions with such a submission most often have. The folder does not tell it: the competition's
 * own page does.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const facts = { target: "class", shape: "columns", ranked: null, rowSum: true } as const;
 * assertEquals(guessMetric(facts).name, "log_loss");
 * assertEquals(guessMetric({ ...facts, shape: "labels" }).name, "accuracy");
 * ```
 */
export function guessMetric({ target, shape, ranked, rowSum }: SubmissionFacts): MetricGuess {
  if (target === "value") return guess("rmse", "the target is a value");
  if (shape === "ranked") {
    return guess(
      "map_at_k",
      `an answer is ${ranked ?? "several"} ranked classes`,
      ranked ? { k: ranked } : {},
    );
  }
  if (target === "grade") return guess("quadratic_weighted_kappa", "the classes look like grades of a scale");
  if (shape === "score") return guess("roc_auc", "an answer is one probability");
  if (shape === "columns") {
    return target !== "class_set" && rowSum
      ? guess("log_loss", "an answer is a probability for each class, which sum to 1")
      : guess("roc_auc", "an answer is a probability for each class");
  }
  return target === "class"
    ? guess("accuracy", "an answer is one class")
    : guess("macro_f1", "an answer is a set of classes");
}
