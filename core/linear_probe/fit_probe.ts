import { Random } from "../base/random.ts";
import type { HeadKind } from "./heads.ts";
import { type LinearHead, outputsOf } from "./linear_head.ts";
import { type Matrix, zeros } from "./matrix.ts";
import { type FeatureTable, scaleOf, standardized } from "./standardize.ts";

/** Penalties that are tried, the strongest first. */
const STRENGTHS = [1e5, 3e4, 1e4, 3e3, 1e3, 300, 100, 30, 10, 3, 1, 0.3, 0.1];

/** Parts of the training rows of which each is in turn held out. */
export const INNER_FOLDS = 3;

/** Rows to train on. */
export interface TrainingRows {
  /** Rows of the feature table. */
  readonly rows: readonly number[];
  /** `[rows, classes]`. */
  readonly targets: Matrix;
  /** The inner fold of each row. */
  readonly parts: Int32Array;
}

/** Options of {@link fitProbe}. */
export interface ProbeOptions {
  readonly kind: HeadKind;
  /** Strength of the penalty; null for the one that is best on the inner folds. */
  readonly strength: number | null;
}

/** A head of a fold. */
export interface Probe {
  readonly strength: number;
  /** Predictions `[rows, classes]` of rows of the feature table. */
  predict(rows: readonly number[]): Float64Array;
}

/** The inner fold of each row: groups stay whole, and each goes to the smallest fold so far, in an order of the seed's. */
export function innerFolds(groups: Int32Array, seed: number): Int32Array {
  const sizes = new Map<number, number>();
  for (const group of groups) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  const totals = new Float64Array(INNER_FOLDS), folds = new Map<number, number>();
  for (const group of new Random(seed, "inner folds").shuffle([...sizes.keys()])) {
    const least = totals.indexOf(Math.min(...totals));
    folds.set(group, least);
    totals[least]! += sizes.get(group)!;
  }
  return groups.map((group) => folds.get(group)!);
}

function rowsOf({ columns, values }: Matrix, places: readonly number[]): Matrix {
  const made = zeros(places.length, columns);
  for (const [to, from] of places.entries()) {
    made.values.set(values.subarray(from * columns, (from + 1) * columns), to * columns);
  }
  return made;
}

/** A head fitted without an inner fold. */
interface Trial {
  readonly strength: number;
  /** For the rows of the inner fold. */
  readonly outputs: Matrix;
  readonly loss: number;
}

/** The places in the training rows of an inner fold, or of the others. */
function placesOf(parts: Int32Array, part: number, isOwn: boolean): number[] {
  return [...parts.keys()].filter((place) => (parts[place] === part) === isOwn);
}

/** Fits heads without an inner fold, at falling strengths until the fold's loss has risen. */
function trialsWithout(
  part: number,
  table: FeatureTable,
  { rows, targets, parts, kind, strengths }: TrainingRows & {
    readonly kind: HeadKind;
    readonly strengths: readonly number[];
  },
): Trial[] {
  const [fitted, held] = [placesOf(parts, part, false), placesOf(parts, part, true)];
  const [own, unseen] = [fitted, held].map((places) => places.map((place) => rows[place]!)) as [
    number[],
    number[],
  ];
  const scale = scaleOf(table, own),
    features = standardized(table, unseen, scale),
    truth = rowsOf(targets, held);
  const fit = kind.fitter(standardized(table, own, scale), rowsOf(targets, fitted), { exact: false });
  const trials: Trial[] = [];
  let head: LinearHead | undefined;
  for (const strength of strengths) {
    head = fit(strength, head);
    const outputs = outputsOf(head, features), loss = kind.loss(outputs, truth), before = trials.at(-1)?.loss;
    trials.push({ strength, outputs, loss });
    if (before !== undefined && loss > before) break;
  }
  return trials;
}

/** The strength of least loss over all inner folds, among those that each of them tried. */
function bestStrength(trials: readonly (readonly Trial[])[], strengths: readonly number[]): number {
  const losses = strengths.map((strength) =>
    trials.reduce((sum, own) => sum + (own.find((trial) => trial.strength === strength)?.loss ?? Infinity), 0)
  );
  return strengths[losses.indexOf(Math.min(...losses))]!;
}

/** Outputs for the training rows, each by the head of a strength that was fitted without it. */
function unseenOutputs(trials: readonly (readonly Trial[])[], strength: number, parts: Int32Array): Matrix {
  const chosen = trials.map((own) => own.find((trial) => trial.strength === strength)!.outputs);
  const joined = zeros(parts.length, chosen[0]!.columns), { columns } = joined;
  for (const [part, { values }] of chosen.entries()) {
    for (const [from, to] of placesOf(parts, part, true).entries()) {
      joined.values.set(values.subarray(from * columns, (from + 1) * columns), to * columns);
    }
  }
  return joined;
}

/**
 * Fits a head to training rows, their features standardized by the mean and deviation of these rows. The strength of the
 * penalty, and what makes probabilities of a head's scores, are fitted on inner folds, whose heads did not see them.
 */
export function fitProbe(table: FeatureTable, training: TrainingRows, options: ProbeOptions): Probe {
  const { kind, strength: given } = options, { rows, targets, parts } = training;
  const strengths = given === null ? STRENGTHS : [given], isTried = given === null || kind.calibrated;
  const trials = isTried
    ? Array.from(
      { length: INNER_FOLDS },
      (_, part) => trialsWithout(part, table, { ...training, kind, strengths }),
    )
    : [];
  const strength = given ?? bestStrength(trials, strengths), scale = scaleOf(table, rows);
  const head = kind.fitter(standardized(table, rows, scale), targets, { exact: true })(strength);
  const outputs = kind.calibrated ? unseenOutputs(trials, strength, parts) : zeros(0, 0);
  const predict = kind.predictBy(outputs, targets);
  return {
    strength,
    predict: (others) => predict(outputsOf(head, standardized(table, others, scale))),
  };
}
