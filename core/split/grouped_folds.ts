import { MersenneTwister } from "../base/mersenne_twister.ts";
import { Random } from "../base/random.ts";
import { FoldState } from "./fold_state.ts";
import { type FeatureTable, type FoldUnit, tabulateUnits, type UnitType } from "./fold_units.ts";

/** Options of {@link groupedFolds}. */
export interface GroupedFoldOptions {
  readonly classes: number;
  readonly folds: number;
  readonly seed: number;
  /** Number of swaps that simulated annealing tries; by default derived from the number of unit types. */
  readonly proposals?: number;
}

/** Sort key: the total of a type's rarest label; types without labels come last. */
function rarity(type: UnitType, table: FeatureTable): number {
  let least = Infinity;
  for (const { feature } of type.features) {
    if (feature < table.classes) least = Math.min(least, table.totals[feature]!);
  }
  return least;
}

function* placementOrder(table: FeatureTable): Generator<number> {
  const order = [...table.types.keys()];
  const groups = order.filter((type) => table.types[type]!.size > 1);
  const singles = order.filter((type) => table.types[type]!.size === 1);
  const { types } = table;
  groups.sort((a, b) =>
    types[b]!.size - types[a]!.size || rarity(types[a]!, table) - rarity(types[b]!, table) || a - b
  );
  singles.sort((a, b) => rarity(types[a]!, table) - rarity(types[b]!, table) || a - b);
  yield* groups;
  yield* singles;
}

/** Distributes even shares, then each remaining unit to the best fold, rarest label and largest group first. */
function placeAll(state: FoldState, table: FeatureTable): void {
  const rest: { type: number; count: number }[] = [];
  for (const type of placementOrder(table)) {
    const count = table.types[type]!.units.length, share = Math.floor(count / state.folds);
    for (let fold = 0; share > 0 && fold < state.folds; fold++) state.add(type, fold, share);
    rest.push({ type, count: count - share * state.folds });
  }
  for (const { type, count } of rest) {
    for (let i = 0; i < count; i++) state.add(type, state.bestFold(type), 1);
  }
}

interface RefineOptions {
  readonly twister: MersenneTwister;
  /** Swaps and moves tried. */
  readonly proposals: number;
  /** First temperature. */
  readonly hot: number;
}

/** Simulated annealing over swaps and moves; cooling is by count of proposals, never by time. */
function refine(state: FoldState, { twister, proposals, hot }: RefineOptions): void {
  const cold = 0.15;
  let temperature = hot;
  for (let done = 0; done < proposals; done++) {
    if (done % 1024 === 0) temperature = hot * (cold / hot) ** (done / proposals);
    state.propose(twister, temperature);
  }
  state.descend();
}

/** How often labels that are too far from their even share are made to count more, and how much more. */
const REPAIRS = 12, EMPHASIS = 3;

/** For each label the distance from its even share that groups force: the members of its largest group, less the share. */
function allowedDeviations({ types, totals, classes }: FeatureTable, folds: number): Float64Array {
  const largest = new Float64Array(classes);
  for (const { features } of types) {
    for (const { feature, count } of features) {
      if (feature < classes) largest[feature] = Math.max(largest[feature]!, count);
    }
  }
  return largest.map((count, label) => Math.max(1, count - totals[label]! / folds) + 1e-9);
}

/**
 * Brings labels within one of their even share, or as near as groups allow, where the refinement left them further away:
 * they count more and more in short refinements at low temperature. The nearest state found is kept.
 */
function repair(state: FoldState, table: FeatureTable, { twister, proposals }: RefineOptions): void {
  const allowed = allowedDeviations(table, state.folds);
  const excess = (label: number) => Math.max(0, state.deviationOf(label) - allowed[label]!);
  const labels = [...allowed.keys()];
  const total = () => labels.reduce((sum, label) => sum + excess(label), 0);
  let least = total(), best = state.snapshot();
  for (let round = 0; round < REPAIRS && least > 0; round++) {
    for (const label of labels) if (excess(label) > 0) state.emphasize(label, EMPHASIS);
    refine(state, { twister, proposals: Math.ceil(proposals / REPAIRS), hot: 1 });
    const found = total();
    if (found < least) [least, best] = [found, state.snapshot()];
  }
  state.restore(best);
}

/** Hands the units of each type out to the folds by the counts found. */
function assignUnits(state: FoldState, table: FeatureTable, units: number): Int32Array {
  const folds = new Int32Array(units);
  for (const [index, type] of table.types.entries()) {
    let next = 0;
    for (let fold = 0; fold < state.folds; fold++) {
      for (let i = 0; i < state.countOf(index, fold); i++) folds[type.units[next++]!] = fold;
    }
  }
  return folds;
}

/**
 * Stratified group k-fold: splits units that must stay whole into folds balanced by their members. Starts with
 * iterative stratification, then refines by simulated annealing until label counts and fold sizes are within one of an
 * even share where possible and label pairs are spread evenly. Deterministic for a seed.
 *
 * @returns the fold of each unit
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const units = [0, 1, 2, 3].map((i) => ({ ids: [`${i}`], labels: [[i % 2]] }));
 * const folds = groupedFolds(units, { classes: 2, folds: 2, seed: 0 });
 * assertEquals(folds[0] !== folds[2] && folds[1] !== folds[3], true);
 * ```
 */
export function groupedFolds(units: readonly FoldUnit[], options: GroupedFoldOptions): Int32Array {
  const table = tabulateUnits(units, options.classes);
  const state = new FoldState(table, options.folds);
  placeAll(state, table);
  // Millions of draws: Mersenne Twister is twenty times faster than the counter-based generator that seeds it.
  const twister = new MersenneTwister(new Random(options.seed, "grouped folds").word());
  const refinement = {
    twister,
    proposals: options.proposals ?? defaultProposals(table, options.folds),
    hot: 12,
  };
  refine(state, refinement);
  repair(state, table, refinement);
  return assignUnits(state, table, units.length);
}

function defaultProposals(table: FeatureTable, folds: number): number {
  return Math.min(20_000_000, Math.max(1_000_000, 1000 * table.types.length * folds));
}
