import type { Training } from "../training.ts";
import type { EnsembleTable } from "../table.ts";

/** The fits of a nested score: one for each outer fold, with it left out, and one on all rows. */
export interface Fits {
  /** The outer fold of each row, from 0. */
  readonly folds: ArrayLike<number>;
  /** Number of outer folds; also the number of the fit on all rows. */
  readonly count: number;
}

/** What a blend scores. Merits are scores such that more is better. */
export interface Outcome {
  /** Every row decided by the fit that left its fold out. */
  readonly nested: number;
  /** Every row decided by the fit on all rows. */
  readonly inSample: number;
  /** Merit of each fit on the rows it was fitted to. */
  readonly fitted: readonly number[];
  /** Degrees of freedom of the nested merit's variance; infinite where many rows decide. */
  readonly degrees: number;
  /** The nested merit where each row counts so many times. */
  resampled(times: Uint8Array): number;
}

/** A sum of models that grows, and its merit on some rows. */
export interface Mixture {
  /** Merit with one more of a model. */
  meritWith(model: number): number;
  merit(): number;
  add(model: number): void;
}

/** Half of the training rows: those whose group is on that side. */
export interface Half {
  /** Side of each group. */
  readonly sides: Uint8Array;
  readonly side: 0 | 1;
}

/** What ensembles are scored by: a metric, with the decisions that it needs. */
export interface Scoring {
  readonly title: string;
  readonly better: "higher" | "lower";
  /** Whether only the order of a class's probabilities counts, since thresholds are fitted: calibration changes nothing. */
  readonly ordersOnly: boolean;
  /** Merit of the best constant answer; null where there is none. */
  constant(table: EnsembleTable): number | null;
  /** Mixtures of the greedy search: one for all classes, of one class where `label` is given. */
  mixture(training: Training, half: Half, label?: number): Mixture;
  /** @param blendOf the blend `[classes, rows]` of each fit; the same matrix where it does not depend on the fit */
  evaluate(table: EnsembleTable, fits: Fits, blendOf: (fit: number) => Float32Array): Outcome;
}
