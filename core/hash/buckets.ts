import { hexToWords, isEmptyHash } from "./bits.ts";
import type { HashTable } from "./near_pairs.ts";
import type { HashRecord } from "./record.ts";

/** Whether a hash says nothing about its picture, so that only equal pixels may bring it together with others. */
export function isVoid(record: HashRecord, hash: string): boolean {
  return record.flat || isEmptyHash(record.hashes[hash]!);
}

/** Records by hash; those whose hash is void by their pixels. Keys are sorted, so indices do not depend on file order. */
export interface HashBuckets {
  /** Hex of hashes that mean something, ascending. */
  readonly hexes: readonly string[];
  /** Indices of records for each of `hexes`, ascending. */
  readonly members: readonly (readonly number[])[];
  /** Indices of records with void hashes, brought together by equal pixels. */
  readonly voids: readonly (readonly number[])[];
}

function collect(
  records: readonly HashRecord[],
  keyOf: (record: HashRecord) => string | null,
): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (const [index, record] of records.entries()) {
    const key = keyOf(record);
    if (key === null) continue;
    const members = found.get(key);
    if (members) members.push(index);
    else found.set(key, [index]);
  }
  return found;
}

/** Brings records with equal hashes together. */
export function bucketRecords(records: readonly HashRecord[], hash: string): HashBuckets {
  const byHash = collect(records, (record) => (isVoid(record, hash) ? null : record.hashes[hash]!));
  const byPixels = collect(records, (record) => (isVoid(record, hash) ? record.digest : null));
  const hexes = [...byHash.keys()].sort();
  return { hexes, members: hexes.map((hex) => byHash.get(hex)!), voids: [...byPixels.values()] };
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
