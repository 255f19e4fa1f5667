import { Random } from "../base/random.ts";
import type { Members } from "./members.ts";
import { type ClassSample, drawSample } from "./class_sample.ts";
import type { EnsembleTable } from "./table.ts";

/** Parts that a choice inside the training rows holds out in turn. */
const PARTS = 5;

/** Where rows belong. */
export interface Grouping {
  /** The outer fold of each row. */
  readonly folds: ArrayLike<number>;
  /** The group of each row, such as pictures that look alike; a group lies in one fold. */
  readonly groups: ArrayLike<number>;
}

/** The rows that a rule is fitted to: all but those of one fold. Nothing here looks at a label of that fold. */
export class Training {
  /** 1 for the rows to fit on. */
  readonly kept: Uint8Array;
  /** Merit of each model alone on these rows, decisions fitted to them. */
  readonly alone: readonly number[];
  /** Part of each row, groups whole, for choices inside the training rows. */
  readonly part: Uint8Array;
  readonly parts = PARTS;
  readonly #samples = new Map<number, ClassSample>();
  readonly #sides = new Map<number, Uint8Array>();

  /**
   * @param by.held the fold that is left out; null for none
   * @param by.alone merit of each model alone
   */
  constructor(
    readonly table: EnsembleTable,
    readonly members: Members,
    readonly by: Grouping & {
      readonly held: number | null;
      readonly alone: readonly number[];
      readonly seed: number;
    },
  ) {
    const { folds, held, groups, seed } = by;
    this.alone = by.alone;
    this.kept = Uint8Array.from({ length: table.rows }, (_, row) => Number(folds[row] !== held));
    const partOf = drawByGroup(groups, { random: new Random(seed, "ensemble parts"), below: PARTS });
    this.part = Uint8Array.from({ length: table.rows }, (_, row) => partOf[groups[row]!]!);
  }

  /** Side of each group, 0 or 1, in one of several random halvings. */
  sides(bag: number): Uint8Array {
    const known = this.#sides.get(bag);
    if (known !== undefined) return known;
    const random = new Random(this.by.seed, "ensemble bags", bag);
    const sides = drawByGroup(this.by.groups, { random, below: 2 });
    this.#sides.set(bag, sides);
    return sides;
  }

  /** The rows of a class that its weights are searched on. */
  sample(label: number): ClassSample {
    const known = this.#samples.get(label);
    if (known !== undefined) return known;
    const sample = drawSample(this.table, this.members, { label, kept: this.kept });
    this.#samples.set(label, sample);
    return sample;
  }
}

/** A random whole number below `below` for each group; indexed by the group's number. */
function drawByGroup(
  groups: ArrayLike<number>,
  { random, below }: { readonly random: Random; readonly below: number },
): Uint8Array {
  let last = -1;
  for (let row = 0; row < groups.length; row++) last = Math.max(last, groups[row]!);
  return Uint8Array.from({ length: last + 1 }, () => Math.floor(below * random.word() / 2 ** 32));
}
