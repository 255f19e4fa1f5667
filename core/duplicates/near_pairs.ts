import { countBits } from "../hash/bits.ts";

/** Hashes in columns: word `w` of hash `i` is `words[w][i]`. All different; equal ones are collapsed before. */
export interface HashTable {
  readonly count: number;
  readonly words: readonly Uint32Array[];
}

/** Pairs of near hashes: `first[i] < second[i]`, in how many bits they differ. */
export interface NearPairs {
  readonly count: number;
  readonly first: Int32Array;
  readonly second: Int32Array;
  readonly distance: Uint8Array;
}

/**
 * How the search cuts hashes into bands: two hashes within the radius differ in at most `slack` bits in at least one band
 * (pigeonhole), so only hashes whose keys in some band are that near are compared.
 */
export interface Banding {
  readonly slack: 0 | 1 | 2;
  readonly bands: readonly { readonly start: number; readonly width: number }[];
}

const WIDEST_KEY = 22;

function masksWithin(width: number, slack: number): number {
  return [1, 1 + width, 1 + width + (width * (width - 1)) / 2][slack]!;
}

/** Rough cost: comparisons of candidates plus visits of buckets. */
function bandingCost(count: number, radius: number, bits: number, slack: 0 | 1 | 2): number {
  const bands = Math.floor(radius / (slack + 1)) + 1;
  const width = keyWidth(count, Math.floor(bits / bands));
  const visits = masksWithin(width, slack) / 2;
  return bands *
    (count * visits * (count / 2 ** width) + 3 * Math.min(count, 2 ** width) * visits + 2 ** width);
}

function keyWidth(count: number, available: number): number {
  return Math.min(available, WIDEST_KEY, Math.max(4, Math.ceil(Math.log2(count + 1)) + 1));
}

/** The cheapest banding for so many hashes. */
export function chooseBanding(count: number, radius: number, bits: number): Banding {
  const choices: (0 | 1 | 2)[] = [0, 1, 2];
  const cost = (slack: 0 | 1 | 2) => bandingCost(count, radius, bits, slack);
  const slack = choices.reduce((best, choice) => (cost(choice) < cost(best) ? choice : best));
  const bands = Math.floor(radius / (slack + 1)) + 1;
  return {
    slack,
    bands: Array.from({ length: bands }, (_, band) => {
      const start = Math.floor((band * bits) / bands), end = Math.floor(((band + 1) * bits) / bands);
      return { start, width: keyWidth(count, end - start) };
    }),
  };
}

/** `width` bits from bit `start` on, of one hash; the band may cross into the next word. */
function keyAt(
  table: HashTable,
  index: number,
  band: { readonly start: number; readonly width: number },
): number {
  const word = band.start >>> 5, shift = band.start & 31, spare = 32 - shift - band.width;
  const high = table.words[word]![index]!;
  const mask = 2 ** band.width - 1;
  if (spare >= 0) return (high >>> spare) & mask;
  return ((high << -spare) | (table.words[word + 1]![index]! >>> (32 + spare))) & mask;
}

class PairList {
  count = 0;
  #first = new Int32Array(1024);
  #second = new Int32Array(1024);
  #distance = new Uint8Array(1024);

  add(a: number, b: number, distance: number): void {
    if (this.count === this.#first.length) this.#grow();
    this.#first[this.count] = a < b ? a : b;
    this.#second[this.count] = a < b ? b : a;
    this.#distance[this.count++] = distance;
  }

  #grow(): void {
    const [first, second, distance] = [this.#first, this.#second, this.#distance];
    this.#first = new Int32Array(2 * first.length);
    this.#second = new Int32Array(2 * first.length);
    this.#distance = new Uint8Array(2 * first.length);
    this.#first.set(first);
    this.#second.set(second);
    this.#distance.set(distance);
  }

  finish(): NearPairs {
    const { count } = this;
    return {
      count,
      first: this.#first.subarray(0, count),
      second: this.#second.subarray(0, count),
      distance: this.#distance.subarray(0, count),
    };
  }
}

/** Hashes sorted by their key in one band: bucket `k` holds places `starts[k]` to `starts[k + 1] - 1`. */
interface Buckets {
  readonly keys: Uint32Array;
  readonly order: Int32Array;
  readonly starts: Int32Array;
  /** The first two words in bucket order, next to each other in memory. */
  readonly words: readonly Uint32Array[];
}

function sortIntoBuckets(
  table: HashTable,
  band: { readonly start: number; readonly width: number },
): Buckets {
  const { count } = table;
  const keys = new Uint32Array(count), order = new Int32Array(count);
  const starts = new Int32Array(2 ** band.width + 1);
  for (let i = 0; i < count; i++) starts[(keys[i] = keyAt(table, i, band)) + 1]!++;
  for (let key = 0; key < starts.length - 1; key++) starts[key + 1]! += starts[key]!;
  const next = starts.slice();
  for (let i = 0; i < count; i++) order[next[keys[i]!]!++] = i;
  const words = table.words.map((column) => {
    const sorted = new Uint32Array(count);
    for (let place = 0; place < count; place++) sorted[place] = column[order[place]!]!;
    return sorted;
  });
  return { keys, order, starts, words };
}

/** The search within one band; its fields keep the inner loops free of look-ups. */
class BandSearch {
  constructor(
    readonly table: HashTable,
    readonly options: { readonly radius: number; readonly banding: Banding; readonly band: number },
    readonly pairs: PairList,
  ) {}

  /** Whether an earlier band brings the two together too; each pair counts at its first such band. */
  #seenBefore(a: number, b: number): boolean {
    const { banding, band } = this.options;
    for (let earlier = 0; earlier < band; earlier++) {
      const cut = banding.bands[earlier]!;
      if (countBits(keyAt(this.table, a, cut) ^ keyAt(this.table, b, cut)) <= banding.slack) return true;
    }
    return false;
  }

  #restDistance(buckets: Buckets, left: number, right: number): number {
    let distance = 0;
    for (let w = 2; w < buckets.words.length; w++) {
      distance += countBits(buckets.words[w]![left]! ^ buckets.words[w]![right]!);
    }
    return distance;
  }

  /** Compares the hash at one place with those at places `from` to `to - 1`. */
  #compare(buckets: Buckets, left: number, { from, to }: { from: number; to: number }): void {
    const [high, low] = buckets.words as [Uint32Array, Uint32Array];
    const { radius } = this.options;
    const leftHigh = high[left]!, leftLow = low[left]!;
    const long = buckets.words.length > 2;
    for (let right = from; right < to; right++) {
      let distance = countBits(leftHigh ^ high[right]!) + countBits(leftLow ^ low[right]!);
      if (distance > radius) continue;
      if (long) distance += this.#restDistance(buckets, left, right);
      if (distance > radius) continue;
      const a = buckets.order[left]!, b = buckets.order[right]!;
      if (!this.#seenBefore(a, b)) this.pairs.add(a, b, distance);
    }
  }

  run(): void {
    const { banding, band } = this.options;
    const cut = banding.bands[band]!;
    const buckets = sortIntoBuckets(this.table, cut);
    const masks = nearMasks(cut.width, banding.slack);
    const { starts } = buckets;
    for (let key = 0; key < starts.length - 1; key++) {
      const start = starts[key]!, end = starts[key + 1]!;
      if (start === end) continue;
      for (let left = start; left < end - 1; left++) {
        this.#compare(buckets, left, { from: left + 1, to: end });
      }
      for (const mask of masks) {
        const other = key ^ mask;
        if (other < key || starts[other] === starts[other + 1]) continue;
        const range = { from: starts[other]!, to: starts[other + 1]! };
        for (let left = start; left < end; left++) this.#compare(buckets, left, range);
      }
    }
  }
}

/** Masks of 1 to `slack` bits. */
function nearMasks(width: number, slack: number): number[] {
  const single = slack >= 1 ? Array.from({ length: width }, (_, bit) => 1 << bit) : [];
  const double = slack >= 2 ? single.flatMap((a) => single.filter((b) => b > a).map((b) => a | b)) : [];
  return [...single, ...double];
}

/**
 * All pairs of hashes that differ in at most `radius` bits: exact, each pair once. Multi-index hashing (Norouzi, Punjani
 * and Fleet, "Fast search in Hamming space with multi-index hashing", 2012) over all pairs: hashes are sorted by each
 * band in turn and only compared with those whose key is near.
 *
 * @param table different hashes of at least 64 bits
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const table = { count: 3, words: [new Uint32Array([0, 1, 0xff]), new Uint32Array(3)] };
 * const pairs = nearPairs(table, 2);
 * assertEquals([pairs.count, pairs.first[0], pairs.second[0], pairs.distance[0]], [1, 0, 1, 1]);
 * ```
 */
export function nearPairs(table: HashTable, radius: number): NearPairs {
  const pairs = new PairList();
  if (radius > 0 && table.count > 1) {
    const banding = chooseBanding(table.count, radius, 32 * table.words.length);
    for (let band = 0; band < banding.bands.length; band++) {
      new BandSearch(table, { radius, banding, band }, pairs).run();
    }
  }
  return pairs.finish();
}
