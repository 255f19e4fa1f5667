import { dataProblem } from "../base/problem.ts";
import { bucketRecords, type HashBuckets, membersOf, severalOf } from "./buckets.ts";
import { type NearPairs, nearPairs } from "./near_pairs.ts";
import type { HashRecord } from "../scan/record.ts";
import type { Confirmer } from "./confirmer.ts";
import { type Confirmation, isAtLeast, type Tier } from "./tiers.ts";

/** Two records that look alike: indices, `a < b`. */
export interface Link extends Confirmation {
  readonly a: number;
  readonly b: number;
  /** Bits in which the hashes differ. */
  readonly distance: number;
}

/** Which records are linked. */
export interface LinkOptions {
  /** Name of the hash. */
  readonly hash: string;
  /** Bits in which two hashes may differ. */
  readonly radius: number;
  /** Links less sure than this do not count. */
  readonly leastTier: Tier;
  /** Compares the pictures themselves; without one every link between different pixels is `hash_only`. */
  readonly confirmer: Confirmer | null;
}

/** With more pairs of near hashes than this the radius is too large to tell pictures apart. */
const MOST_PAIRS = 5_000_000;
/**
 * Up to MOST_COMPARED different pictures of one hash are compared pair by pair. Of more, each is compared with the leaders,
 * which are those that looked like none before them, until it looks like one; there are at most MOST_LEADERS.
 */
const MOST_COMPARED = 40;
const MOST_LEADERS = 200;

/** The tier of a pair by its pixels alone. */
function tierByPixels(a: HashRecord, b: HashRecord): Confirmation {
  return a.digest === b.digest
    ? { tier: "same_pixels", correlation: 1 }
    : { tier: "hash_only", correlation: 0 };
}

class LinkFinder {
  readonly links: Link[] = [];

  constructor(readonly records: readonly HashRecord[], readonly options: LinkOptions) {}

  /** Links two records when the pair is sure enough; says whether it is. */
  async connect(a: number, b: number, distance: number): Promise<boolean> {
    const [left, right] = [this.records[a]!, this.records[b]!];
    const found = await this.options.confirmer?.confirm(left, right) ?? tierByPixels(left, right);
    if (!isAtLeast(found.tier, this.options.leastTier)) return false;
    this.links.push({ a: Math.min(a, b), b: Math.max(a, b), distance, ...found });
    return true;
  }

  /** Links records with equal pixels to the first of them; returns these firsts. */
  async #linkEqualPixels(members: Iterable<number>): Promise<number[]> {
    const firsts = new Map<string, number>();
    for (const member of members) {
      const { digest } = this.records[member]!;
      const first = firsts.get(digest);
      if (first === undefined) firsts.set(digest, member);
      else await this.connect(first, member, 0);
    }
    return [...firsts.values()];
  }

  /** Links records with one hash; returns one for each different picture. */
  async linkBucket(members: Iterable<number>): Promise<number[]> {
    const different = await this.#linkEqualPixels(members);
    if (different.length <= MOST_COMPARED) {
      for (const [place, a] of different.entries()) {
        for (const b of different.slice(place + 1)) await this.connect(a, b, 0);
      }
      return different;
    }
    const leaders: number[] = [];
    for (const member of different) await this.#linkToLeader(member, leaders);
    return leaders;
  }

  async #linkToLeader(member: number, leaders: number[]): Promise<void> {
    for (const leader of leaders) if (await this.connect(leader, member, 0)) return;
    if (leaders.length < MOST_LEADERS) leaders.push(member);
  }

  /** Links records with two near hashes. */
  async linkAcross(left: Iterable<number>, right: Iterable<number>, distance: number): Promise<void> {
    for (const a of left) for (const b of right) await this.connect(a, b, distance);
  }
}

/** Decodes what will be compared, several at a time. */
async function prefetch(records: readonly HashRecord[], indices: ReadonlySet<number>, options: LinkOptions) {
  const wanted = [...indices].map((index) => records[index]!);
  await options.confirmer?.prefetch(wanted);
}

async function linkVoids({ voids }: HashBuckets, finder: LinkFinder): Promise<void> {
  for (const group of severalOf(voids)) {
    const [first, ...rest] = membersOf(voids, group);
    for (const member of rest) await finder.connect(first!, member, 0);
  }
}

function searchHashes(buckets: HashBuckets, options: LinkOptions): NearPairs {
  const pairs = nearPairs(buckets.table, options.radius);
  if (pairs.count <= MOST_PAIRS) return pairs;
  throw dataProblem(
    `Cannot link pictures by ${options.hash}: ${pairs.count} pairs of hashes lie within radius ${options.radius}`,
    "Lower --radius: at this one the hash hardly tells these pictures apart",
  );
}

/** Records that have a fellow with the same or a near hash and other pixels. */
function comparedRecords(
  records: readonly HashRecord[],
  buckets: HashBuckets,
  pairs: NearPairs,
): Set<number> {
  const found = new Set<number>();
  for (const group of severalOf(buckets.members)) {
    const members = membersOf(buckets.members, group);
    const different = new Set(Array.from(members, (member) => records[member]!.digest)).size > 1;
    if (different) { for (const member of members) found.add(member); }
  }
  for (let i = 0; i < pairs.count; i++) {
    for (const side of [pairs.first, pairs.second]) {
      for (const member of membersOf(buckets.members, side[i]!)) found.add(member);
    }
  }
  return found;
}

/**
 * All pairs of records that look alike, each compared and with its tier: equal hashes, hashes within the radius, and void
 * hashes by equal pixels only. Among many different pictures with one hash only the pairs with a leader are listed, which
 * is enough to group them.
 */
export async function findLinks(records: readonly HashRecord[], options: LinkOptions): Promise<Link[]> {
  const buckets = bucketRecords(records, options.hash);
  const finder = new LinkFinder(records, options);
  await linkVoids(buckets, finder);
  const pairs = searchHashes(buckets, options);
  await prefetch(records, comparedRecords(records, buckets, pairs), options);
  const different = new Map<number, Iterable<number>>();
  for (const group of severalOf(buckets.members)) {
    different.set(group, await finder.linkBucket(membersOf(buckets.members, group)));
  }
  const differentIn = (group: number) => different.get(group) ?? membersOf(buckets.members, group);
  for (let i = 0; i < pairs.count; i++) {
    await finder.linkAcross(differentIn(pairs.first[i]!), differentIn(pairs.second[i]!), pairs.distance[i]!);
  }
  return finder.links;
}

/** Links between the first `split` records and the others, each with its tier; none within a part. */
export async function findCrossLinks(
  records: readonly HashRecord[],
  split: number,
  options: LinkOptions,
): Promise<Link[]> {
  const buckets = bucketRecords(records, options.hash);
  const finder = new LinkFinder(records, options);
  const connect = async (left: Int32Array, right: Int32Array, distance: number) => {
    await finder.linkAcross(left.filter((a) => a < split), right.filter((b) => b >= split), distance);
  };
  for (const runs of [buckets.voids, buckets.members]) {
    for (const group of severalOf(runs)) await connect(membersOf(runs, group), membersOf(runs, group), 0);
  }
  const pairs = searchHashes(buckets, options);
  for (let i = 0; i < pairs.count; i++) {
    const first = membersOf(buckets.members, pairs.first[i]!);
    const second = membersOf(buckets.members, pairs.second[i]!);
    await connect(first, second, pairs.distance[i]!);
    await connect(second, first, pairs.distance[i]!);
  }
  return finder.links;
}
