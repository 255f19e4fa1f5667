import type { MersenneTwister } from "../base/mersenne_twister.ts";
import type { FeatureTable } from "./fold_units.ts";

/** Weight of the fold size relative to a label pair. */
const SIZE_WEIGHT = 16;

/** Largest number of swaps per round of descent, about a second. */
const LARGEST_DESCENT = 5e6;

/** A set of small integers with uniform sampling. */
class DrawableSet {
  readonly items: Int32Array;
  readonly #places: Int32Array;
  count = 0;

  constructor(capacity: number) {
    this.items = new Int32Array(capacity);
    this.#places = new Int32Array(capacity).fill(-1);
  }

  add(item: number): void {
    this.#places[item] = this.count;
    this.items[this.count++] = item;
  }

  remove(item: number): void {
    const place = this.#places[item]!, last = this.items[--this.count]!;
    this.items[place] = last;
    this.#places[last] = place;
    this.#places[item] = -1;
  }
}

/**
 * Number of units of each type in each fold, and each feature's deviation from an even share. The objective is the
 * weighted sum of squared deviations of features and fold sizes.
 */
export class FoldState {
  /** Sparse features of each type in CSR format, the size as the last one: `starts[t]` to `starts[t + 1] - 1`. */
  readonly #starts: Int32Array;
  readonly #features: Int32Array;
  readonly #counts: Float64Array;
  readonly #weights: Float64Array;
  /** `[folds, features]`: count minus even share. */
  readonly #deviation: Float64Array;
  /** Number of units, `[folds, types]`. */
  readonly #units: Int32Array;
  readonly #present: DrawableSet[];
  readonly #scratch: Float64Array;
  readonly #width: number;
  readonly #types: number;

  constructor(table: FeatureTable, readonly folds: number) {
    this.#width = table.count + 1;
    this.#types = table.types.length;
    this.#weights = Float64Array.of(...table.weights, SIZE_WEIGHT);
    this.#starts = new Int32Array(this.#types + 1);
    const features: number[] = [], counts: number[] = [];
    let rows = 0;
    for (const [index, type] of table.types.entries()) {
      for (const { feature, count } of [...type.features, { feature: table.count, count: type.size }]) {
        features.push(feature);
        counts.push(count);
      }
      this.#starts[index + 1] = features.length;
      rows += type.size * type.units.length;
    }
    this.#features = Int32Array.from(features);
    this.#counts = Float64Array.from(counts);
    const totals = [...table.totals, rows];
    this.#deviation = Float64Array.from(
      { length: folds * this.#width },
      (_, i) => -totals[i % this.#width]! / folds,
    );
    this.#units = new Int32Array(folds * this.#types);
    this.#present = Array.from({ length: folds }, () => new DrawableSet(this.#types));
    this.#scratch = new Float64Array(this.#width);
  }

  /** Number of units of a type in a fold. */
  countOf(type: number, fold: number): number {
    return this.#units[fold * this.#types + type]!;
  }

  /** Adds units of a type to a fold; a negative count removes them. */
  add(type: number, fold: number, count: number): void {
    const cell = fold * this.#types + type;
    const before = this.#units[cell]!, after = before + count;
    this.#units[cell] = after;
    if (before === 0) this.#present[fold]!.add(type);
    if (after === 0) this.#present[fold]!.remove(type);
    for (let i = this.#starts[type]!; i < this.#starts[type + 1]!; i++) {
      this.#deviation[fold * this.#width + this.#features[i]!]! += count * this.#counts[i]!;
    }
  }

  /** Change of the objective when a unit of a type is added to a fold. */
  #costOfAdding(type: number, fold: number): number {
    let cost = 0;
    for (let i = this.#starts[type]!; i < this.#starts[type + 1]!; i++) {
      const feature = this.#features[i]!, count = this.#counts[i]!;
      cost += this.#weights[feature]! * count * (2 * this.#deviation[fold * this.#width + feature]! + count);
    }
    return cost;
  }

  /** The fold where adding a unit of a type increases the objective least; ties go to the first. */
  bestFold(type: number): number {
    let best = 0, least = Infinity;
    for (let fold = 0; fold < this.folds; fold++) {
      const cost = this.#costOfAdding(type, fold);
      if (cost < least) [best, least] = [fold, cost];
    }
    return best;
  }

  /**
   * Change of the objective when a unit of type `out` is swapped from fold `from` with one of type `back` from `to`.
   */
  #costOfSwap(out: number, back: number, { from, to }: { from: number; to: number }): number {
    const scratch = this.#scratch;
    for (let i = this.#starts[out]!; i < this.#starts[out + 1]!; i++) {
      scratch[this.#features[i]!]! += this.#counts[i]!;
    }
    if (back >= 0) {
      for (let i = this.#starts[back]!; i < this.#starts[back + 1]!; i++) {
        scratch[this.#features[i]!]! -= this.#counts[i]!;
      }
    }
    const cost = this.#drain(out, from, to) + (back >= 0 ? this.#drain(back, from, to) : 0);
    return cost;
  }

  /** Objective change of the pending differences in a type's features, which it resets. */
  #drain(type: number, from: number, to: number): number {
    const scratch = this.#scratch, deviation = this.#deviation;
    const a = from * this.#width, b = to * this.#width;
    let cost = 0;
    for (let i = this.#starts[type]!; i < this.#starts[type + 1]!; i++) {
      const feature = this.#features[i]!, difference = scratch[feature]!;
      if (difference === 0) continue;
      scratch[feature] = 0;
      cost += 2 * this.#weights[feature]! * difference *
        (difference - deviation[a + feature]! + deviation[b + feature]!);
    }
    return cost;
  }

  #swap(out: number, back: number, { from, to }: { from: number; to: number }): void {
    this.add(out, from, -1);
    this.add(out, to, 1);
    if (back < 0) return;
    this.add(back, to, -1);
    this.add(back, from, 1);
  }

  /** Proposes a random swap (or, one time in eight, a move) and accepts it by the Metropolis rule at a temperature. */
  propose(twister: MersenneTwister, temperature: number): void {
    const draw = (limit: number) => Math.floor((twister.word() / 2 ** 32) * limit);
    const from = draw(this.folds), other = draw(this.folds - 1);
    const to = other < from ? other : other + 1;
    const leaving = this.#present[from]!, entering = this.#present[to]!;
    if (leaving.count === 0) return;
    const out = leaving.items[draw(leaving.count)]!;
    const back = entering.count === 0 || draw(8) === 0 ? -1 : entering.items[draw(entering.count)]!;
    if (back === out) return;
    const cost = this.#costOfSwap(out, back, { from, to });
    if (cost > 0 && twister.word() / 2 ** 32 >= Math.exp(-cost / temperature)) return;
    this.#swap(out, back, { from, to });
  }

  /** Units by fold and type, to come back to by `restore`. */
  snapshot(): Int32Array {
    return this.#units.slice();
  }

  /** Puts the units as they were at a snapshot. */
  restore(units: Int32Array): void {
    for (const [cell, count] of units.entries()) {
      const difference = count - this.#units[cell]!;
      if (difference !== 0) this.add(cell % this.#types, Math.floor(cell / this.#types), difference);
    }
  }

  /** Largest difference between a feature's count in a fold and its even share. */
  deviationOf(feature: number): number {
    let largest = 0;
    for (let at = feature; at < this.#deviation.length; at += this.#width) {
      largest = Math.max(largest, Math.abs(this.#deviation[at]!));
    }
    return largest;
  }

  /** Makes a feature count more in the objective. */
  emphasize(feature: number, factor: number): void {
    this.#weights[feature]! *= factor;
  }

  /** Takes the best improving swap of each pair of folds until none is left; where types are many, annealing has to do. */
  descend(): void {
    if (this.folds ** 2 * this.#types ** 2 > LARGEST_DESCENT) return;
    const rounds = 100;
    for (let round = 0; round < rounds; round++) {
      let improved = false;
      for (let from = 0; from < this.folds; from++) {
        for (let to = 0; to < this.folds; to++) if (from !== to && this.#improve(from, to)) improved = true;
      }
      if (!improved) return;
    }
  }

  #improve(from: number, to: number): boolean {
    let best = -1e-6, out = -1, back = -1;
    const leaving = this.#present[from]!, entering = this.#present[to]!;
    for (let i = 0; i < leaving.count; i++) {
      for (let j = -1; j < entering.count; j++) {
        const a = leaving.items[i]!, b = j < 0 ? -1 : entering.items[j]!;
        const cost = a === b ? 0 : this.#costOfSwap(a, b, { from, to });
        if (cost < best) [best, out, back] = [cost, a, b];
      }
    }
    if (out < 0) return false;
    this.#swap(out, back, { from, to });
    return true;
  }
}
