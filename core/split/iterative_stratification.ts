import { MersenneTwister } from "../base/mersenne_twister.ts";

/** Options of {@link iterativeStratification}. */
export interface IterativeStratificationOptions {
  readonly classes: number;
  readonly folds: number;
  /** 0 to 2^32 - 1, as for NumPy's RandomState. */
  readonly seed: number;
  /** Whether the rows are shuffled first. */
  readonly shuffle: boolean;
}

/** Remaining demand of each fold. Float64 counted down by one, because ties depend on exactly this arithmetic. */
interface Wanted {
  /** Remaining rows per fold. */
  readonly rows: Float64Array;
  /** Remaining rows per fold and label, `[folds, classes]`. */
  readonly labels: Float64Array;
}

function shuffledIndices(count: number, twister: MersenneTwister): Int32Array {
  const indices = Int32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i >= 1; i--) {
    const j = twister.upTo(i);
    const kept = indices[i]!;
    indices[i] = indices[j]!;
    indices[j] = kept;
  }
  return indices;
}

/** Picks a random candidate; a single one consumes no random number. */
function chooseOne(candidates: readonly number[], twister: MersenneTwister): number {
  return candidates[candidates.length > 1 ? twister.upTo(candidates.length - 1) : 0]!;
}

/** All candidates with the largest value. */
function largest(candidates: readonly number[], valueOf: (candidate: number) => number): number[] {
  let best = -Infinity;
  let found: number[] = [];
  for (const candidate of candidates) {
    const value = valueOf(candidate);
    if (value > best) [best, found] = [value, [candidate]];
    else if (value === best) found.push(candidate);
  }
  return found;
}

function countLabels(rows: readonly (readonly number[])[], classes: number): Int32Array {
  const counts = new Int32Array(classes);
  for (const labels of rows) for (const label of labels) counts[label]!++;
  return counts;
}

class Stratifier {
  readonly #folds: Int32Array;
  readonly #remaining: Int32Array;
  readonly #wanted: Wanted;
  readonly #all: readonly number[];

  constructor(
    readonly rows: readonly (readonly number[])[],
    readonly options: IterativeStratificationOptions,
    readonly twister: MersenneTwister,
  ) {
    const { classes, folds } = options;
    const share = 1 / folds;
    this.#folds = new Int32Array(rows.length).fill(-1);
    this.#remaining = countLabels(rows, classes);
    this.#wanted = {
      rows: new Float64Array(folds).fill(share * rows.length),
      labels: Float64Array.from({ length: folds * classes }, (_, i) => share * this.#remaining[i % classes]!),
    };
    this.#all = Array.from({ length: folds }, (_, fold) => fold);
  }

  #assign(row: number, fold: number): void {
    this.#folds[row] = fold;
    this.#wanted.rows[fold]! -= 1;
    for (const label of this.rows[row]!) {
      this.#remaining[label]!--;
      this.#wanted.labels[fold * this.options.classes + label]! -= 1;
    }
  }

  #rarestLabel(): number | null {
    let least = Infinity;
    for (const count of this.#remaining) if (count > 0 && count < least) least = count;
    if (least === Infinity) return null;
    const tied = [...this.#remaining.keys()].filter((label) => this.#remaining[label] === least);
    return chooseOne(tied, this.twister);
  }

  #foldFor(label: number): number {
    const { rows, labels } = this.#wanted;
    const wanting = largest(this.#all, (fold) => labels[fold * this.options.classes + label]!);
    return chooseOne(largest(wanting, (fold) => rows[fold]!), this.twister);
  }

  run(): Int32Array {
    const holding = Array.from({ length: this.options.classes }, (): number[] => []);
    for (const [row, labels] of this.rows.entries()) for (const label of labels) holding[label]!.push(row);
    for (let label = this.#rarestLabel(); label !== null; label = this.#rarestLabel()) {
      for (const row of holding[label]!) if (this.#folds[row] === -1) this.#assign(row, this.#foldFor(label));
    }
    for (let row = 0; row < this.rows.length; row++) {
      if (this.#folds[row] !== -1) continue;
      this.#assign(row, chooseOne(largest(this.#all, (fold) => this.#wanted.rows[fold]!), this.twister));
    }
    return this.#folds;
  }
}

/**
 * Iterative stratification of multi-label rows (Sechidis, Tsoumakas and Vlahavas, "On the stratification of multi-label
 * data", 2011): rarest label first, each row to the fold with the highest remaining demand for that label. Identical to
 * MultilabelStratifiedKFold of the Python package iterative-stratification 0.1.x with the same `random_state`.
 *
 * @param rows class indices of each row, without duplicates
 * @returns the fold of each row
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const rows = [[], [], [1], [1], [0, 1], [0, 1], [0], [0]];
 * const folds = iterativeStratification(rows, { classes: 2, folds: 2, seed: 0, shuffle: false });
 * assertEquals([...folds], [1, 0, 0, 1, 1, 0, 1, 0]);
 * ```
 */
export function iterativeStratification(
  rows: readonly (readonly number[])[],
  options: IterativeStratificationOptions,
): Int32Array {
  const twister = new MersenneTwister(options.seed);
  if (!options.shuffle) return new Stratifier(rows, options, twister).run();
  const order = shuffledIndices(rows.length, twister);
  const shuffled = new Stratifier(Array.from(order, (row) => rows[row]!), options, twister).run();
  const folds = new Int32Array(rows.length);
  for (const [place, row] of order.entries()) folds[row] = shuffled[place]!;
  return folds;
}
