/**
 * Disjoint sets over 0 to count - 1, with union by the smaller root and path halving. The root of a set is its smallest
 * member, so the result does not depend on the order of unions.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const sets = new UnionFind(4);
 * sets.unite(3, 1);
 * assertEquals(sets.groups(), [[0], [1, 3], [2]]);
 * ```
 */
export class UnionFind {
  readonly #parent: Int32Array;

  constructor(count: number) {
    this.#parent = Int32Array.from({ length: count }, (_, i) => i);
  }

  /** The smallest member of the set that holds `item`. */
  find(item: number): number {
    const parent = this.#parent;
    while (parent[item] !== item) item = parent[item] = parent[parent[item]!]!;
    return item;
  }

  /** Joins two sets. */
  unite(a: number, b: number): void {
    const left = this.find(a), right = this.find(b);
    if (left < right) this.#parent[right] = left;
    else this.#parent[left] = right;
  }

  /** All sets, or those of at least so many members; members ascending, sets by their smallest member. */
  groups(atLeast = 1): number[][] {
    const sizes = new Int32Array(this.#parent.length);
    for (let item = 0; item < sizes.length; item++) sizes[this.find(item)]!++;
    const byRoot = new Map<number, number[]>();
    for (let item = 0; item < this.#parent.length; item++) {
      const root = this.find(item);
      if (sizes[root]! < atLeast) continue;
      const group = byRoot.get(root);
      if (group) group.push(item);
      else byRoot.set(root, [item]);
    }
    return [...byRoot.values()];
  }
}
