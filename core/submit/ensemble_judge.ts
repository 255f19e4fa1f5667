import type { SubmissionMetric } from "./decide/metric.ts";

const BINS = 512;
/** Images by which an ensemble is scored by a metric plugin, at most: a search scores some thousand ensembles. */
const MOST_ROWS = 2000;
/** Thresholds of which the best counts, for a metric of labels whose thresholds are chosen later. */
const THRESHOLDS = [0.1, 0.2, 0.3, 0.4, 0.5];

/** Labels and the models' probabilities, joined in the row order of the first model. */
export interface Joined {
  readonly classes: number;
  readonly labels: ArrayLike<number>;
  readonly members: readonly Float64Array[];
}

/** An ensemble as a sum of models (with replacement); its prediction is `sum / total`. */
export interface Mix {
  readonly counts: readonly number[];
  readonly sum: Float64Array;
  readonly total: number;
}

/** A mix, with the index of a model to add to it or null. */
export interface Candidate {
  readonly mix: Mix;
  readonly extra: number | null;
}

/** Scores an ensemble on some rows. */
export interface EnsembleJudge {
  /** What is scored, for messages. */
  readonly title: string;
  readonly better: "higher" | "lower";
  /** The score such that more is better. */
  merit(joined: Joined, candidate: Candidate, rows: Uint32Array): number;
}

function bestOfBins(all: Uint32Array, labelled: Uint32Array, positives: number): number {
  let [best, hits, taken] = [0, 0, 0];
  for (let bin = BINS - 1; bin >= 0; bin--) {
    hits += labelled[bin]!;
    taken += all[bin]!;
    best = Math.max(best, 2 * hits / Math.max(1, taken + positives));
  }
  return best;
}

function bestMacroF1(joined: Joined, { mix, extra }: Candidate, rows: Uint32Array): number {
  const added = extra === null ? null : joined.members[extra]!;
  const total = mix.total + Number(added !== null);
  let [sum, occurring] = [0, 0];
  for (let c = 0; c < joined.classes; c++) {
    const [all, labelled] = [new Uint32Array(BINS), new Uint32Array(BINS)];
    let positives = 0;
    for (const row of rows) {
      const at = row * joined.classes + c;
      const value = (mix.sum[at]! + (added === null ? 0 : added[at]!)) / total;
      const bin = Math.min(BINS - 1, Math.floor(BINS * Math.sqrt(value)));
      all[bin]! += 1;
      labelled[bin]! += joined.labels[at]!;
      positives += joined.labels[at]!;
    }
    if (positives === 0) continue;
    sum += bestOfBins(all, labelled, positives);
    occurring += 1;
  }
  return sum / Math.max(1, occurring);
}

/**
 * Macro F1 over the occurring classes with the best threshold per class, on a grid of 512 bins in the square root of
 * the probability, which resolves the small thresholds of rare classes. For several labels an image.
 */
export const MACRO_F1_JUDGE: EnsembleJudge = { title: "macro F1", better: "higher", merit: bestMacroF1 };

/** Predictions and targets of an ensemble on some rows. */
function scoredRows(joined: Joined, { mix, extra }: Candidate, rows: Uint32Array) {
  const { classes, labels } = joined, added = extra === null ? null : joined.members[extra]!;
  const total = mix.total + Number(added !== null);
  const predictions = new Float64Array(rows.length * classes), targets = new Float32Array(predictions.length);
  for (const [place, row] of rows.entries()) {
    for (let c = 0; c < classes; c++) {
      const to = place * classes + c, from = row * classes + c;
      predictions[to] = (mix.sum[from]! + (added === null ? 0 : added[from]!)) / total;
      targets[to] = labels[from]!;
    }
  }
  return { rows: rows.length, predictions, targets };
}

/**
 * Any metric: of the predictions as they are (the most probable class, probabilities, values); where thresholds are to be
 * chosen, with the best of five that serve all classes.
 */
export function metricJudge(
  metric: SubmissionMetric,
  options: { readonly thresholds: boolean },
): EnsembleJudge {
  const { title, better } = metric;
  const merit: EnsembleJudge["merit"] = (joined, candidate, rows) => {
    const scored = scoredRows(joined, candidate, rows.subarray(0, MOST_ROWS));
    if (!options.thresholds) return metric.merit(scored);
    const at = (threshold: number) => scored.predictions.map((value) => value > threshold ? 1 : 0);
    return Math.max(
      ...THRESHOLDS.map((threshold) => metric.merit({ ...scored, predictions: at(threshold) })),
    );
  };
  return { title, better, merit };
}
