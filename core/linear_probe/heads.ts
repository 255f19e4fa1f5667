import { fitPlatt } from "../ensemble/rules/platt.ts";
import { atTemperature, fitTemperature } from "../ensemble/rules/temperature.ts";
import { sigmoid } from "../ensemble/logistic.ts";
import { activateOutputs, logisticFitter } from "./logistic.ts";
import type { Fitter } from "./linear_head.ts";
import { type Matrix, transposed, zeros } from "./matrix.ts";
import { ridgeFitter } from "./ridge.ts";

/** Kinds of heads. */
export const HEADS = ["ridge", "logistic"] as const;

/** The name of a kind of head. */
export type HeadName = (typeof HEADS)[number];

/** What predictions are: values, probabilities of exclusive classes, or those of labels by themselves. */
export type Meaning = "values" | "classes" | "labels";

/** Turns outputs of a head `[rows, outputs]` into predictions `[rows, classes]`. */
export type Predict = (outputs: Matrix) => Float64Array;

/** A kind of head for some targets; targets and predictions are `[rows, classes]`. */
export interface HeadKind {
  readonly name: HeadName;
  /** What a fit to some rows begins with; `exact` as near to the minimum as it matters, else near enough to compare. */
  fitter(features: Matrix, targets: Matrix, precision: { readonly exact: boolean }): Fitter;
  /** What is least at the strength that is chosen. */
  loss(outputs: Matrix, targets: Matrix): number;
  /** Whether predictions need outputs for rows that the head did not see, which `predictBy` is fitted on. */
  readonly calibrated: boolean;
  predictBy(outputs: Matrix, targets: Matrix): Predict;
}

function mapped({ rows, columns, values }: Matrix, to: (value: number) => number): Matrix {
  return { rows, columns, values: values.map(to) };
}

/** Mean over outputs of the squared error as a share of the targets' variance; an output whose target never changes is passed over. */
function relativeError(outputs: Matrix, targets: Matrix): number {
  const [made, wanted] = [transposed(outputs), transposed(targets)], { rows, columns } = wanted;
  let sum = 0;
  for (let output = 0; output < rows; output++) {
    const own = wanted.values.subarray(output * columns, (output + 1) * columns);
    const mean = own.reduce((sum, value) => sum + value, 0) / columns;
    const spread = own.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    const error = own.reduce((sum, value, i) => sum + (value - made.values[output * columns + i]!) ** 2, 0);
    if (spread > 0) sum += error / spread;
  }
  return sum / rows;
}

function float32({ values }: Matrix): Float32Array {
  return Float32Array.from(values);
}

/** Scores of exclusive classes become probabilities by a softmax at one temperature. */
function atBestTemperature(outputs: Matrix, targets: Matrix): Predict {
  const classes = outputs.columns, labels = float32(transposed(targets));
  const kept = new Uint8Array(outputs.rows).fill(1), logits = float32(transposed(outputs));
  const temperature = fitTemperature({ logits, labels, classes, exclusive: true, kept });
  return (other) => {
    const values = atTemperature(float32(transposed(other)), { temperature, classes, exclusive: true });
    return transposed({ rows: classes, columns: other.rows, values: Float64Array.from(values) }).values;
  };
}

/** Scores of labels become probabilities by Platt scaling of each. */
function byPlatt(outputs: Matrix, targets: Matrix): Predict {
  const { rows, columns } = outputs, [scores, labels] = [transposed(outputs), transposed(targets)];
  const fits = Array.from({ length: columns }, (_, label) => {
    const [from, to] = [label * rows, (label + 1) * rows];
    const probabilities = scores.values.subarray(from, to).map(sigmoid);
    return fitPlatt({ labels: labels.values.subarray(from, to), probabilities });
  });
  return ({ values }) =>
    values.map((score, i) => sigmoid(fits[i % columns]!.slope * score + fits[i % columns]!.offset));
}

/** Ridge regression: on values, or on +1 for labels and -1 for others, as scikit-learn's RidgeClassifier. */
function ridge(meaning: Meaning): HeadKind {
  const wanted = (targets: Matrix) =>
    meaning === "values" ? targets : mapped(targets, (value) => 2 * value - 1);
  return {
    name: "ridge",
    calibrated: meaning !== "values",
    fitter: (features, targets) => ridgeFitter(features, wanted(targets)),
    loss: (outputs, targets) => relativeError(outputs, wanted(targets)),
    predictBy(outputs, targets) {
      if (meaning === "values") return ({ values }) => values;
      return (meaning === "classes" ? atBestTemperature : byPlatt)(outputs, targets);
    },
  };
}

/** The second of two columns. */
function second({ rows, values }: Matrix): Matrix {
  return { rows, columns: 1, values: Float64Array.from({ length: rows }, (_, row) => values[2 * row + 1]!) };
}

/** Mean log loss that a fit leaves to gain. */
const ROUGH = 1e-4, EXACT = 1e-8;

/** Logistic regression: of exclusive classes multinomial, two of them as one label; of labels one for each. */
function logistic(meaning: Meaning, classes: number): HeadKind {
  const isPair = meaning === "classes" && classes === 2,
    kind = meaning === "classes" && !isPair ? "softmax" : "sigmoid";
  const wanted = (targets: Matrix) => isPair ? second(targets) : targets;
  const activated = (outputs: Matrix) => {
    const made = mapped(outputs, (value) => value);
    activateOutputs(made, zeros(made.rows, made.columns), kind);
    return made.values;
  };
  return {
    name: "logistic",
    calibrated: false,
    fitter: (features, targets, { exact }) =>
      logisticFitter(features, wanted(targets), { kind, tolerance: exact ? EXACT : ROUGH }),
    loss: (outputs, targets) =>
      activateOutputs(mapped(outputs, (value) => value), wanted(targets), kind).reduce((sum, loss) =>
        sum + loss
      ),
    predictBy: () => (outputs) => {
      const values = activated(outputs);
      return isPair
        ? Float64Array.from({ length: 2 * values.length }, (_, i) => {
          const probability = values[i >> 1]!;
          return i % 2 === 0 ? 1 - probability : probability;
        })
        : values;
    },
  };
}

/** A kind of head for predictions of a meaning. */
export function headKind(
  name: HeadName,
  { meaning, classes }: { meaning: Meaning; classes: number },
): HeadKind {
  return name === "ridge" ? ridge(meaning) : logistic(meaning, classes);
}
