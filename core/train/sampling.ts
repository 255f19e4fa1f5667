import type { Example } from "../base/example.ts";
import { Random } from "../base/random.ts";

/** Goes round a list for ever, in a new random order each time. */
class Carousel<Item> {
  #left: Item[] = [];

  constructor(readonly items: readonly Item[], readonly random: Random) {}

  next(): Item {
    if (this.#left.length === 0) this.#left = this.random.shuffle(this.items);
    return this.#left.pop()!;
  }
}

/** Examples by class, those without a label as a class of their own; only classes that occur. */
function byClass(examples: readonly Example[]): Example[][] {
  const groups = new Map<number, Example[]>();
  for (const example of examples) {
    const labels = example.labels ?? [];
    for (const label of labels.length === 0 ? [-1] : labels) {
      const group = groups.get(label);
      if (group) group.push(example);
      else groups.set(label, [example]);
    }
  }
  return [...groups].sort(([a], [b]) => a - b).map(([, group]) => group);
}

/**
 * As many examples as there are, drawn so that each class is asked for equally often: a class in turn, then the next of
 * its examples. Rare examples come several times, some common ones not at all in this epoch. Depends on (seed, epoch).
 *
 * Source: Shen, Lin and Huang, "Relay backpropagation", 2016 (class-aware sampling).
 */
export function balancedOrder(
  examples: readonly Example[],
  { seed, epoch }: { readonly seed: number; readonly epoch: number },
): Example[] {
  const sorted = [...examples].sort((
    a,
    b,
  ) => (a.id < b.id ? -1 : a.id > b.id ? 1 : a.source < b.source ? -1 : 1));
  const random = new Random(seed, epoch, "balanced order");
  const groups = byClass(sorted).map((group) => new Carousel(group, random));
  const classes = new Carousel(groups, random);
  return sorted.map(() => classes.next().next());
}
