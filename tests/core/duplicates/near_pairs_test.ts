import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { countBits } from "../../../core/hash/bits.ts";
import { chooseBanding, type HashTable, nearPairs } from "../../../core/duplicates/near_pairs.ts";
import { Random } from "../../../core/base/random.ts";

/** Random hashes, one in four a copy of an earlier one with a few bits turned. */
function makeTable(count: number, words: number): HashTable {
  const random = new Random(count, "hashes", words);
  const columns = Array.from({ length: words }, () => new Uint32Array(count));
  for (let i = 0; i < count; i++) {
    const original = i > 0 && random.integer(0, 3) === 0 ? random.integer(0, i - 1) : -1;
    for (const column of columns) column[i] = original >= 0 ? column[original]! : random.word();
    for (let turned = original >= 0 ? random.integer(1, 9) : 0; turned > 0; turned--) {
      columns[random.integer(0, words - 1)]![i]! ^= 1 << random.integer(0, 31);
    }
  }
  return { count, words: columns };
}

function bruteForce({ count, words }: HashTable, radius: number): string[] {
  const found: string[] = [];
  for (let a = 0; a < count; a++) {
    for (let b = a + 1; b < count; b++) {
      const distance = words.reduce((sum, column) => sum + countBits(column[a]! ^ column[b]!), 0);
      if (distance <= radius) found.push(`${a} ${b} ${distance}`);
    }
  }
  return found.sort();
}

function search(table: HashTable, radius: number): string[] {
  const { count, first, second, distance } = nearPairs(table, radius);
  return Array.from({ length: count }, (_, i) => `${first[i]} ${second[i]} ${distance[i]}`).sort();
}

describe("pairs of near hashes", () => {
  for (const words of [2, 8]) {
    it(`equal brute force at every radius, ${32 * words} bits`, () => {
      const table = makeTable(900, words);
      for (let radius = 1; radius <= 8; radius++) {
        const expected = bruteForce(table, radius);
        assertEquals(expected.length > 20, true);
        assertEquals(search(table, radius), expected);
      }
    });
  }

  it("are none at radius 0, of one hash, and of none", () => {
    assertEquals(nearPairs(makeTable(50, 2), 0).count, 0);
    assertEquals(nearPairs(makeTable(1, 2), 4).count, 0);
    assertEquals(nearPairs({ count: 0, words: [new Uint32Array(0), new Uint32Array(0)] }, 4).count, 0);
  });

  it("come from bands that no pair within the radius can escape", () => {
    for (const count of [10, 1000, 100_000, 10_000_000]) {
      for (const bits of [64, 256]) {
        for (let radius = 1; radius <= 8; radius++) {
          const { slack, bands } = chooseBanding(count, radius, bits);
          // A pair that differs in slack + 1 bits of every band is farther apart than the radius.
          assertEquals(bands.length * (slack + 1) > radius, true);
          assertEquals(bands.every(({ width }) => width >= 4 && width <= 22), true);
          assertEquals(bands.at(-1)!.start + bands.at(-1)!.width <= bits, true);
        }
      }
    }
  });
});
