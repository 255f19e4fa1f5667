import type { Example } from "../base/example.ts";
import { Random } from "../base/random.ts";

/** Endless iterator over a list that reshuffles after each pass. */
class ShuffledCycle<Item> {
  #left: Item[] = [];

  constructor(readonly items: readonly Item[], readonly random: Random) {}

  next(): Item {
    if (this.#left.length === 0) this.#left = this.random.shuffle(this.items);
    return this.#left.pop()!;
  }
}

/** Groups examples by class; examples without labels form one extra class. Classes without examples are omitted. */
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
 * Class-balanced sampling of one epoch, as long as the dataset: pick the classes in turn, then the next example of the
 * class. Examples of rare classes are repeated; some of common classes are left out. Deterministic in (seed, epoch).
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
  const groups = byClass(sorted).map((group) => new ShuffledCycle(group, random));
  const classes = new ShuffledCycle(groups, random);
  return sorted.map(() => classes.next().next());
}
