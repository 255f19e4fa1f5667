import { hammingDistance } from "../hash/bits.ts";
import { isVoid } from "./buckets.ts";
import type { Link } from "./links.ts";
import type { HashRecord } from "../scan/record.ts";
import { TIERS } from "./tiers.ts";
import { UnionFind } from "../base/union_find.ts";

/** `single` chains pictures together (A like B, B like C); `complete` wants every two within the radius. */
export const LINKAGES = ["single", "complete"] as const;

/** How pairs become groups. */
export type Linkage = (typeof LINKAGES)[number];

/** How records are grouped. */
export interface GroupOptions {
  readonly hash: string;
  readonly radius: number;
  readonly linkage: Linkage;
}

/** Records that look alike. */
export interface RecordGroup<L extends Link> {
  /** Indices, ascending. */
  readonly members: readonly number[];
  /** The links that hold the group together, one fewer than members, surest first. */
  readonly links: readonly L[];
  /** Bits between the two hashes of the group that differ most. */
  readonly diameter: number;
}

/** Surest and nearest links first, then by index. */
function compareLinks(left: Link, right: Link): number {
  return TIERS.indexOf(left.tier) - TIERS.indexOf(right.tier) || left.distance - right.distance ||
    left.a - right.a || left.b - right.b;
}

/** Different hashes of members; void ones say nothing and have no distance. */
function hashesOf(records: readonly HashRecord[], members: readonly number[], hash: string): string[] {
  const telling = members.map((member) => records[member]!).filter((record) => !isVoid(record, hash));
  return [...new Set(telling.map((record) => record.hashes[hash]!))];
}

/** Whether every hash of one cluster lies within the radius of every hash of the other. */
function allWithin(left: readonly string[], right: readonly string[], radius: number): boolean {
  return left.every((a) => right.every((b) => hammingDistance(a, b) <= radius));
}

/** Takes links in order and keeps those that join two clusters; with complete linkage only if all of both are near. */
function joinClusters<L extends Link>(
  records: readonly HashRecord[],
  links: readonly L[],
  options: GroupOptions,
): Joined<L> {
  const sets = new UnionFind(records.length);
  const hexes = new Map<number, string[]>();
  const hexesOf = (root: number) => hexes.get(root) ?? hashesOf(records, [root], options.hash);
  const used: L[] = [];
  for (const link of [...links].sort(compareLinks)) {
    const a = sets.find(link.a), b = sets.find(link.b);
    if (a === b) continue;
    if (options.linkage === "complete") {
      const [left, right] = [hexesOf(a), hexesOf(b)];
      if (link.tier !== "same_pixels" && !allWithin(left, right, options.radius)) continue;
      hexes.set(Math.min(a, b), [...new Set([...left, ...right])]);
    }
    sets.unite(a, b);
    used.push(link);
  }
  return { sets, used };
}

interface Joined<L> {
  readonly sets: UnionFind;
  readonly used: readonly L[];
}

function diameterOf(hexes: readonly string[]): number {
  let most = 0;
  for (const [place, a] of hexes.entries()) {
    for (const b of hexes.slice(place + 1)) most = Math.max(most, hammingDistance(a, b));
  }
  return most;
}

/** Groups of two and more records by their links, in the order of their first member; every other record is alone. */
export function groupRecords<L extends Link>(
  records: readonly HashRecord[],
  links: readonly L[],
  options: GroupOptions,
): RecordGroup<L>[] {
  const { sets, used } = joinClusters(records, links, options);
  const byRoot = new Map<number, L[]>();
  for (const link of used) {
    const root = sets.find(link.a);
    const own = byRoot.get(root);
    if (own) own.push(link);
    else byRoot.set(root, [link]);
  }
  return sets.groups(2).map((members) => ({
    members,
    links: byRoot.get(members[0]!) ?? [],
    diameter: diameterOf(hashesOf(records, members, options.hash)),
  }));
}
