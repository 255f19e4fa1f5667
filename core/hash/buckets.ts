import { hexToWords, isEmptyHash } from "./bits.ts";
import type { HashTable } from "./near_pairs.ts";
import type { HashRecord } from "./record.ts";

/** Whether a hash says nothing about its picture, so that only equal pixels may bring it together with others. */
export function isVoid(record: HashRecord, hash: string): boolean {
  return record.flat || isEmptyHash(record.hashes[hash]!);
}

/** Groups of indices without an object a group: group `g` is `order[starts[g]]` to `order[starts[g + 1] - 1]`. */
export interface IndexRuns {
  readonly order: Int32Array;
  /** One more than there are groups. */
  readonly starts: Int32Array;
}

/** The indices of one group, ascending. */
export function membersOf({ order, starts }: IndexRuns, group: number): Int32Array {
  return order.subarray(starts[group]!, starts[group + 1]!);
}

/** Groups of more than one member, by number. */
export function* severalOf({ starts }: IndexRuns): Generator<number> {
  for (let group = 0; group < starts.length - 1; group++) {
    if (starts[group + 1]! - starts[group]! > 1) yield group;
  }
}

/** Records by hash; those whose hash is void by their pixels. Keys are sorted, so indices do not depend on file order. */
export interface HashBuckets {
  /** Hex of hashes that mean something, ascending. */
  readonly hexes: readonly string[];
  /** Indices of records for each of `hexes`. */
  readonly members: IndexRuns;
  /** Indices of records with void hashes, brought together by equal pixels. */
  readonly voids: IndexRuns;
}

function collect(indices: number[], keyOf: (index: number) => string): { keys: string[]; runs: IndexRuns } {
  const keyed = indices.map((index) => ({ index, key: keyOf(index) }));
  keyed.sort((a, b) => a.key < b.key ? -1 : a.key > b.key ? 1 : a.index - b.index);
  const order = Int32Array.from(keyed, ({ index }) => index);
  const keys: string[] = [], starts: number[] = [];
  for (const [place, { key }] of keyed.entries()) {
    if (key === keys.at(-1)) continue;
    keys.push(key);
    starts.push(place);
  }
  starts.push(order.length);
  return { keys, runs: { order, starts: Int32Array.from(starts) } };
}

/** Brings records with equal hashes together. */
export function bucketRecords(records: readonly HashRecord[], hash: string): HashBuckets {
  const telling: number[] = [], empty: number[] = [];
  for (const [index, record] of records.entries()) (isVoid(record, hash) ? empty : telling).push(index);
  const { keys: hexes, runs: members } = collect(telling, (index) => records[index]!.hashes[hash]!);
  const { runs: voids } = collect(empty, (index) => records[index]!.digest);
  return { hexes, members, voids };
}

/** Hashes as columns of words for the search. */
export function hashTable(hexes: readonly string[]): HashTable {
  const width = Math.max(2, Math.ceil((hexes[0]?.length ?? 16) / 8));
  const words = Array.from({ length: width }, () => new Uint32Array(hexes.length));
  for (const [index, hex] of hexes.entries()) {
    for (const [w, word] of hexToWords(hex).entries()) words[w]![index] = word;
  }
  return { count: hexes.length, words };
}
