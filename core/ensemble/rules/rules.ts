import { arithmeticMean, forAllClasses, geometricMean, rankMean, weightedMean } from "./blends.ts";
import { greedySelection } from "./greedy.ts";
import { sigmoid } from "../logistic.ts";
import type { Members } from "../members.ts";
import type { Scoring } from "../scoring/scoring.ts";
import { stackClass } from "./stacking.ts";
import { areExclusive, columnOf, normaliseRows } from "../table.ts";
import type { Training } from "../training.ts";

/** Makes one prediction `[classes, rows]` of those of several models. */
export type Blend = (members: Members) => Float32Array;

/** A way to join models. */
export interface EnsembleRule {
  readonly name: string;
  /** Whether labels decide on it; else `fit` gives the same blend for any training rows. */
  readonly fitted: boolean;
  fit(training: Training, scoring: Scoring): Blend;
}

const single: EnsembleRule = {
  name: "single",
  fitted: true,
  fit({ alone }) {
    const best = alone.indexOf(Math.max(...alone));
    return ({ matrices }) => matrices[best]!;
  },
};

const mean: EnsembleRule = { name: "mean", fitted: false, fit: () => (members) => members.mean };
const geometric: EnsembleRule = { name: "geometric", fitted: false, fit: () => geometricMean };
const rank: EnsembleRule = { name: "rank", fitted: false, fit: () => rankMean };

/** A rule that is fitted once to the same training rows, however many calibrations start from it. */
function fittedOnce(rule: EnsembleRule): EnsembleRule {
  const known = new WeakMap<Training, Blend>();
  return {
    ...rule,
    fit(training, scoring) {
      const blend = known.get(training) ?? rule.fit(training, scoring);
      known.set(training, blend);
      return blend;
    },
  };
}

const greedy = fittedOnce({
  name: "greedy",
  fitted: true,
  fit(training, scoring) {
    const weights = forAllClasses(greedySelection(training, scoring), training.table.classes);
    return (members) => weightedMean(members, weights);
  },
});

/** Positives at which a class's own weights count half. */
const TRUSTED = 100;

/** Greedy weights of each class, drawn to equal ones the more, the fewer positives the class has. */
function classWeights(training: Training, scoring: Scoring): Float64Array[] {
  const { classes } = training.table, models = training.members.matrices.length;
  const weights = forAllClasses(new Array<number>(models).fill(1 / models), classes);
  for (let label = 0; label < classes; label++) {
    const { labels, weights: times } = training.sample(label);
    const positives = labels.reduce((sum, one, place) => sum + one * times[place]!, 0);
    const share = positives / (positives + TRUSTED);
    const own = positives === 0 ? null : greedySelection(training, scoring, { label });
    if (own) {
      for (const [model, weight] of own.entries()) {
        weights[model]![label] = share * weight + (1 - share) / models;
      }
    }
  }
  return weights;
}

const perClass: EnsembleRule = {
  name: "class_weights",
  fitted: true,
  fit(training, scoring) {
    const weights = classWeights(training, scoring), exclusive = areExclusive(training.table.target);
    return (members) => {
      const blend = weightedMean(members, weights);
      return exclusive ? normaliseRows(blend, members.of.classes) : blend;
    };
  },
};

/** Sigmoids of a linear combination of the models' logits, class by class. */
function stack(members: Members, coefficients: readonly Float64Array[]): Float32Array {
  const { rows, logits, of: { classes, exclusive } } = members, blend = new Float32Array(rows * classes);
  for (let label = 0; label < classes; label++) {
    const column = columnOf(blend, rows, label), own = coefficients[label]!;
    column.fill(own[logits.length]!);
    for (const [model, matrix] of logits.entries()) {
      const feature = columnOf(matrix, rows, label), coefficient = own[model]!;
      for (let row = 0; row < rows; row++) column[row]! += coefficient * feature[row]!;
    }
    for (let row = 0; row < rows; row++) column[row] = sigmoid(column[row]!);
  }
  return exclusive ? normaliseRows(blend, classes) : blend;
}

const stacking: EnsembleRule = {
  name: "stacking",
  fitted: true,
  fit(training) {
    const { classes } = training.table;
    const coefficients = Array.from({ length: classes }, (_, label) => stackClass(training, label));
    return (members) => stack(members, coefficients);
  },
};

/** The rules from the simplest on: a later one must prove that it is better. */
export const RULES: readonly EnsembleRule[] = [single, mean, geometric, rank, greedy, perClass, stacking];

/** The rules for values, which have neither logits nor thresholds. */
export const VALUE_RULES: readonly EnsembleRule[] = [
  single,
  { ...mean, fit: () => arithmeticMean },
  greedy,
];
