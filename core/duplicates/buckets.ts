import { isEmptyHash, wordOf } from "../hash/bits.ts";
import type { HashTable } from "./near_pairs.ts";
import type { HashRecord } from "../scan/record.ts";

/** Whether a hash says nothing about its picture, so that only equal pixels may bring it together with others. */
export function isVoid(record: HashRecord, hash: string): boolean {
  return saysNothing(record, record.hashes[hash]!);
}

function saysNothing(record: HashRecord, hex: string): boolean {
  return record.flat || isEmptyHash(hex);
}

/** Groups of indices in two flat arrays: group `g` is `order[starts[g]]` to `order[starts[g + 1] - 1]`. */
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

/** Records by hash; those whose hash is void by their pixels. Hashes are sorted, so indices do not depend on file order. */
export interface HashBuckets {
  /** The different hashes that mean something, ascending. */
  readonly table: HashTable;
  /** Indices of records for each hash of the table. */
  readonly members: IndexRuns;
  /** Indices of records with void hashes, brought together by equal pixels. */
  readonly voids: IndexRuns;
}

/** Groups the indices that `compare` calls equal; within a group they ascend. */
function collect(indices: number[], compare: (a: number, b: number) => number): IndexRuns {
  const order = Int32Array.from(indices).sort((a, b) => compare(a, b) || a - b);
  const starts: number[] = [];
  for (let place = 0; place < order.length; place++) {
    if (place === 0 || compare(order[place - 1]!, order[place]!) !== 0) starts.push(place);
  }
  starts.push(order.length);
  return { order, starts: Int32Array.from(starts) };
}

/** Hashes as columns of words. */
type Words = readonly Uint32Array[];

function newWords(width: number, count: number): Words {
  return Array.from({ length: width }, () => new Uint32Array(count));
}

function compareWords(words: Words, a: number, b: number): number {
  for (const column of words) {
    const left = column[a]!, right = column[b]!;
    if (left !== right) return left < right ? -1 : 1;
  }
  return 0;
}

/** The first of each group. */
function takeFirsts(words: Words, { order, starts }: IndexRuns): HashTable {
  const count = starts.length - 1, taken = newWords(words.length, count);
  for (const [w, column] of words.entries()) {
    for (let group = 0; group < count; group++) taken[w]![group] = column[order[starts[group]!]!]!;
  }
  return { count, words: taken };
}

/** Brings records with equal hashes together. Memory: numbers in typed arrays, and text of void hashes only. */
export function bucketRecords(records: readonly HashRecord[], hash: string): HashBuckets {
  const telling: number[] = [], empty: number[] = [], digests = new Map<number, string>();
  const width = Math.max(2, Math.ceil((records[0]?.hashes[hash]?.length ?? 16) / 8));
  const words = newWords(width, records.length);
  for (const [index, record] of records.entries()) {
    const hex = record.hashes[hash]!;
    if (saysNothing(record, hex)) {
      empty.push(index);
      digests.set(index, record.digest);
      continue;
    }
    telling.push(index);
    for (let w = 0; 8 * w < hex.length; w++) words[w]![index] = wordOf(hex, w);
  }
  const members = collect(telling, (a, b) => compareWords(words, a, b));
  const voids = collect(empty, (a, b) => compareText(digests.get(a)!, digests.get(b)!));
  return { table: takeFirsts(words, members), members, voids };
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
