/** Bins of equal width from 0 to 1. */
export const CALIBRATION_BINS = 15;

/** Probabilities with what came true: 1 or 0 each. */
export interface Confidences {
  readonly confidences: Float64Array;
  readonly right: Uint8Array;
}

/** One bin of a reliability diagram. */
export interface CalibrationBin {
  readonly low: number;
  readonly high: number;
  readonly count: number;
  /** Mean probability; NaN in an empty bin. */
  readonly confidence: number;
  /** Share that came true; NaN in an empty bin. */
  readonly accuracy: number;
}

/** Bins with their expected calibration error. */
export interface Calibration {
  readonly bins: readonly CalibrationBin[];
  /** Mean over all probabilities of |accuracy - confidence| of their bin. */
  readonly ece: number;
}

/** Predictions with labels, `[rows, classes]`. */
export interface LabelledProbabilities {
  readonly classes: number;
  readonly labels: ArrayLike<number>;
  readonly probabilities: Float64Array;
}

/** Where one class is the answer: the highest probability of each image, and whether that class is the true one. */
export function topConfidences({ classes, labels, probabilities }: LabelledProbabilities): Confidences {
  const rows = probabilities.length / classes;
  const confidences = new Float64Array(rows), right = new Uint8Array(rows);
  for (let row = 0; row < rows; row++) {
    let best = row * classes;
    for (let cell = best + 1; cell < (row + 1) * classes; cell++) {
      if (probabilities[cell]! > probabilities[best]!) best = cell;
    }
    confidences[row] = probabilities[best]!;
    right[row] = Number(labels[best] === 1);
  }
  return { confidences, right };
}

/** Where each class is a question of its own: all probabilities, and which classes the images have. */
export function allConfidences({ labels, probabilities }: LabelledProbabilities): Confidences {
  return { confidences: probabilities, right: Uint8Array.from(labels) };
}

/** The bin of a probability; one on an edge is in the lower bin, as in scikit-learn's calibration_curve. */
function binOf(probability: number, bins: number): number {
  const width = 1 / bins;
  let bin = Math.min(bins - 1, Math.max(0, Math.floor(probability * bins)));
  while (bin > 0 && probability <= bin * width) bin -= 1;
  while (bin < bins - 1 && probability > (bin + 1) * width) bin += 1;
  return bin;
}

/**
 * The reliability of probabilities.
 *
 * Source: Guo et al., "On calibration of modern neural networks", 2017.
 */
export function calibration({ confidences, right }: Confidences, bins = CALIBRATION_BINS): Calibration {
  const counts = new Float64Array(bins), sums = new Float64Array(bins), hits = new Float64Array(bins);
  for (let at = 0; at < confidences.length; at++) {
    const bin = binOf(confidences[at]!, bins);
    counts[bin]! += 1;
    sums[bin]! += confidences[at]!;
    hits[bin]! += right[at]!;
  }
  const made = Array.from({ length: bins }, (_, bin) => ({
    low: bin / bins,
    high: (bin + 1) / bins,
    count: counts[bin]!,
    confidence: sums[bin]! / counts[bin]!,
    accuracy: hits[bin]! / counts[bin]!,
  }));
  const gaps = made.reduce((sum, _, bin) => sum + Math.abs(hits[bin]! - sums[bin]!), 0);
  return { bins: made, ece: gaps / Math.max(1, confidences.length) };
}
