/** What stays together in one fold: a group of pictures, or a single one. */
export interface FoldUnit {
  readonly ids: readonly string[];
  /** Class indices of each member. */
  readonly labels: readonly (readonly number[])[];
  /** Further things to balance, one index a member, such as where it comes from. */
  readonly sources?: readonly number[];
}

/** A count of one feature in a unit. */
export interface FeatureCount {
  readonly feature: number;
  readonly count: number;
}

/** Units that are alike for the optimizer: the same size and the same count of every feature. */
export interface UnitType {
  readonly size: number;
  /** Ascending by feature. */
  readonly features: readonly FeatureCount[];
  /** Indices of the units. */
  readonly units: readonly number[];
}

/** What the folds are balanced by: labels, pairs of labels that occur together, sources. */
export interface FeatureTable {
  readonly classes: number;
  /** Number of features: classes first, then the rest. */
  readonly count: number;
  /** Importance of each feature in the objective. */
  readonly weights: Float64Array;
  /** How often each occurs. */
  readonly totals: Float64Array;
  readonly types: readonly UnitType[];
}

/** Weight of a label against a pair of labels. */
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
 * Counts the features of units, member by member, and brings units that are alike together: most of a hundred thousand
 * rows have one of a few hundred label sets, and only their numbers matter to the folds.
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
