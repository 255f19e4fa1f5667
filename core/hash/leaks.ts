import type { LabelRow } from "../plugin/contracts.ts";
import { type ConflictPolicy, groupLabels } from "./conflicts.ts";
import { labelledRecords } from "./duplicates.ts";
import { bucketRecords, hashTable } from "./groups.ts";
import { nearPairs } from "./near_pairs.ts";
import type { HashRecord } from "./record.ts";

/** A labelled picture that a test picture looks like. */
export interface LeakSource {
  readonly record: HashRecord;
  readonly row: LabelRow;
  /** Bits in which the hashes differ. */
  readonly distance: number;
}

/** A test picture whose labels are known, because it looks like labelled ones. */
export interface Leak {
  readonly record: HashRecord;
  /** Nearest first. */
  readonly sources: readonly LeakSource[];
  /** By the policy, over the nearest sources. */
  readonly labels: readonly number[];
}

/** What is searched, and how. */
export interface LeakOptions {
  readonly hash: string;
  readonly radius: number;
  readonly conflict: ConflictPolicy;
}

type Neighbours = Map<number, { index: number; distance: number }[]>;

/** For each record of the first part, the records of the second part within the radius. */
function crossNeighbours(records: readonly HashRecord[], split: number, options: LeakOptions): Neighbours {
  const found: Neighbours = new Map();
  const connect = (left: readonly number[], right: readonly number[], distance: number) => {
    for (const a of left) {
      if (a >= split) continue;
      const list = found.get(a) ?? [];
      for (const b of right) if (b >= split) list.push({ index: b, distance });
      if (list.length > 0) found.set(a, list);
    }
  };
  const buckets = bucketRecords(records, options.hash);
  for (const members of [...buckets.members, ...buckets.voids]) connect(members, members, 0);
  const pairs = nearPairs(hashTable(buckets.hexes), options.radius);
  for (let i = 0; i < pairs.count; i++) {
    const first = buckets.members[pairs.first[i]!]!, second = buckets.members[pairs.second[i]!]!;
    connect(first, second, pairs.distance[i]!);
    connect(second, first, pairs.distance[i]!);
  }
  return found;
}

function nearestSources(sources: readonly LeakSource[]): LeakSource[] {
  return sources.filter((source) => source.distance === sources[0]!.distance);
}

/**
 * Test pictures that look like labelled ones by one hash. A void hash leaks only by equal pixels. The labels are those of
 * the nearest labelled pictures, by the policy where they disagree.
 */
export function findLeaks(
  records: readonly HashRecord[],
  labels: ReadonlyMap<string, LabelRow>,
  options: LeakOptions,
): Leak[] {
  const tests = records.filter((record) => record.source === "test");
  const labelled = labelledRecords(records.filter((record) => record.source !== "test"), labels);
  const all = [...tests, ...labelled.map(({ record }) => record)];
  const found = crossNeighbours(all, tests.length, options);
  return tests.flatMap((record, index) => {
    const neighbours = found.get(index);
    if (!neighbours) return [];
    const sources = neighbours
      .sort((a, b) => a.distance - b.distance || a.index - b.index)
      .map(({ index, distance }) => ({ ...labelled[index - tests.length]!, distance }));
    const rows = nearestSources(sources).map((source) => source.row);
    return [{ record, sources, labels: groupLabels(rows, options.conflict) }];
  });
}
