/** A group of images (or a single image) that stays within one fold. */
export interface FoldUnit {
  readonly ids: readonly string[];
  /** Class indices of each member. */
  readonly labels: readonly (readonly number[])[];
  /** Further category of each member to balance, such as its source. */
  readonly sources?: readonly number[];
}

/** The count of one feature in a unit. */
export interface FeatureCount {
  readonly feature: number;
  readonly count: number;
}

/** Interchangeable units: the same size and the same feature counts. */
export interface UnitType {
  readonly size: number;
  /** Ascending by feature. */
  readonly features: readonly FeatureCount[];
  /** Indices of the units. */
  readonly units: readonly number[];
}

/** Features that the folds are balanced by: labels, pairs of co-occurring labels, sources. */
export interface FeatureTable {
  readonly classes: number;
  /** Number of features; classes come first. */
  readonly count: number;
  /** Weight of each feature in the objective. */
  readonly weights: Float64Array;
  /** Total count of each feature. */
  readonly totals: Float64Array;
  readonly types: readonly UnitType[];
}

/** Weight of a label relative to a label pair. */
const LABEL_WEIGHT = 16;
const PAIR_WEIGHT = 1;
const SOURCE_WEIGHT = 4;

class FeatureNames {
  readonly #indices = new Map<string, number>();
  readonly weights: number[] = [];

  constructor(classes: number) {
    for (let label = 0; label < classes; label++) this.indexOf(`${label}`, LABEL_WEIGHT);
  }

  indexOf(name: string, weight: number): number {
    let index = this.#indices.get(name);
    if (index === undefined) {
      this.#indices.set(name, index = this.weights.length);
      this.weights.push(weight);
    }
    return index;
  }
}

function memberFeatures(
  labels: readonly number[],
  source: number | undefined,
  names: FeatureNames,
): number[] {
  const features = [...labels];
  for (const [place, a] of labels.entries()) {
    for (const b of labels.slice(place + 1)) features.push(names.indexOf(`${a}+${b}`, PAIR_WEIGHT));
  }
  if (source === undefined) return features;
  features.push(names.indexOf(`source ${source}`, SOURCE_WEIGHT));
  for (const label of labels) features.push(names.indexOf(`source ${source}: ${label}`, SOURCE_WEIGHT));
  return features;
}

function unitFeatures(unit: FoldUnit, names: FeatureNames): FeatureCount[] {
  const counts = new Map<number, number>();
  for (const [member, labels] of unit.labels.entries()) {
    for (const feature of memberFeatures(labels, unit.sources?.[member], names)) {
      counts.set(feature, (counts.get(feature) ?? 0) + 1);
    }
  }
  return [...counts].map(([feature, count]) => ({ feature, count })).sort((a, b) => a.feature - b.feature);
}

/**
 * Counts the features of units and merges interchangeable units into types. This keeps the optimisation small: a
 * hundred thousand rows typically have only a few hundred distinct label sets.
 */
export function tabulateUnits(units: readonly FoldUnit[], classes: number): FeatureTable {
  const names = new FeatureNames(classes);
  const types = new Map<string, { size: number; features: FeatureCount[]; units: number[] }>();
  for (const [index, unit] of units.entries()) {
    const features = unitFeatures(unit, names);
    const size = unit.ids.length;
    const key = `${size};${features.map(({ feature, count }) => `${feature}*${count}`).join()}`;
    const type = types.get(key);
    if (type) type.units.push(index);
    else types.set(key, { size, features, units: [index] });
  }
  const totals = new Float64Array(names.weights.length);
  for (const type of types.values()) {
    for (const { feature, count } of type.features) totals[feature]! += count * type.units.length;
  }
  const weights = Float64Array.from(names.weights);
  return { classes, count: weights.length, weights, totals, types: [...types.values()] };
}
