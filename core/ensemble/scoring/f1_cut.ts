import { logit, sigmoid } from "../logistic.ts";

/** Probabilities of a class in falling order with their labels. */
export interface RankedColumn {
  readonly falling: Float32Array;
  /** 0 or 1. */
  readonly labels: Uint8Array;
  readonly positives: number;
}

/** Chooses the threshold of a class; what exceeds it is predicted. */
export type Cut = (column: RankedColumn) => number;

/** Number of positives from which the best-F1 threshold gets full weight in {@link blendCut}. */
const TRUSTED = 20;

function thresholdAfter(falling: Float32Array, count: number): number {
  const above = count === 0 ? 1 : falling[count - 1]!;
  const below = count === falling.length ? 0 : falling[count]!;
  return (above + below) / 2;
}

/** The threshold with the best F1; ties go to the highest. */
export function bestF1Cut({ falling, labels, positives }: RankedColumn): number {
  let best = 0, bestF1 = 0, hits = 0;
  for (let rank = 0; rank < labels.length; rank++) {
    hits += labels[rank]!;
    if (rank + 1 < labels.length && falling[rank + 1] === falling[rank]) continue;
    const f1 = 2 * hits / (rank + 1 + positives);
    if (f1 > bestF1) [best, bestF1] = [rank + 1, f1];
  }
  return thresholdAfter(falling, best);
}

/**
 * Mean (in logits) of the best-F1 threshold and of the one that predicts as many rows as have the label; the former
 * counts less below 20 positives. The rule `blend` of submission.yml.
 */
export function blendCut(column: RankedColumn): number {
  const share = 0.5 * Math.min(1, column.positives / TRUSTED);
  const matched = thresholdAfter(column.falling, column.positives);
  return sigmoid(share * logit(bestF1Cut(column)) + (1 - share) * logit(matched));
}
