/**
 * One counter-based generator for everything random: Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy
 * as 1, 2, 3", 2011), keyed by a seed and a scope such as (epoch, example id, purpose). The same key gives the same
 * numbers in any worker, in any order, after any resume.
 */

const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;

function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff, aHigh = a >>> 16, bLow = b & 0xffff, bHigh = b >>> 16;
  const low = Math.imul(aLow, bLow) >>> 16;
  const middle = ((Math.imul(aHigh, bLow) >>> 0) + low) >>> 0;
  const other = ((Math.imul(aLow, bHigh) >>> 0) + (middle & 0xffff)) >>> 0;
  return (Math.imul(aHigh, bHigh) + (middle >>> 16) + (other >>> 16)) >>> 0;
}

/**
 * Ten rounds of Philox: four 32-bit counter words and two key words to four random words.
 *
 * @example Known answers of the Random123 distribution
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const words = philox(new Uint32Array(4), 0, 0);
 * assertEquals([...words].map((w) => w.toString(16)), ["6627e8d5", "e169c58d", "bc57ac4c", "9b00dbd8"]);
 * ```
 */
export function philox(counter: Uint32Array, key0: number, key1: number): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(4);
  philoxInto(words, counter, { key0, key1 });
  return words;
}

/** {@link philox} into an existing array: allocating one a call is slow for tens of millions of initial weights. */
function philoxInto(words: Uint32Array, counter: Uint32Array, key: { key0: number; key1: number }): void {
  let c0 = counter[0]!, c1 = counter[1]!, c2 = counter[2]!, c3 = counter[3]!;
  let { key0, key1 } = key;
  for (let round = 0; round < 10; round++) {
    const next0 = multiplyHigh(MULTIPLIER_1, c2) ^ c1 ^ key0;
    const next2 = multiplyHigh(MULTIPLIER_0, c0) ^ c3 ^ key1;
    c1 = Math.imul(MULTIPLIER_1, c2);
    c3 = Math.imul(MULTIPLIER_0, c0);
    c0 = next0;
    c2 = next2;
    key0 = (key0 + WEYL_0) | 0;
    key1 = (key1 + WEYL_1) | 0;
  }
  words[0] = c0;
  words[1] = c1;
  words[2] = c2;
  words[3] = c3;
}

/** Two 32-bit words from a text: FNV-1a with two offsets, each finished by the MurmurHash3 mixer. */
function hashText(text: string): [number, number] {
  let a = 0x811c9dc5, b = 0x1b873593;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x01000193);
    b = Math.imul(b ^ unit, 0x85ebca6b);
    b = (b << 13) | (b >>> 19);
  }
  return [mix(a ^ text.length), mix(b ^ a)];
}

function mix(word: number): number {
  word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
  return (word ^ (word >>> 16)) >>> 0;
}

/** A stream of random numbers; all methods draw from the same counter. */
export class Random {
  readonly #key: { readonly key0: number; readonly key1: number };
  readonly #counter = new Uint32Array(4);
  readonly #words = new Uint32Array(4);
  #position = 4;

  /**
   * @param seed the run's seed
   * @param scope what the numbers are for: epoch, example id, purpose
   */
  constructor(seed: number, ...scope: (string | number)[]) {
    const [key0, key1] = hashText(JSON.stringify([seed, ...scope]));
    this.#key = { key0, key1 };
  }

  /** A uniform 32-bit word. */
  word(): number {
    if (this.#position === 4) {
      philoxInto(this.#words, this.#counter, this.#key);
      this.#counter[0]! += 1;
      if (this.#counter[0] === 0) this.#counter[1]! += 1;
      this.#position = 0;
    }
    return this.#words[this.#position++]!;
  }

  /** A uniform number in [0, 1) with 53 random bits. */
  next(): number {
    return ((this.word() >>> 5) * 67108864 + (this.word() >>> 6)) / 9007199254740992;
  }

  /** A uniform number in [low, high). */
  uniform(low: number, high: number): number {
    return low + (high - low) * this.next();
  }

  /** A uniform integer, both ends included. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  /** One item of a list that is not empty. */
  choice<T>(items: readonly T[]): T {
    if (items.length === 0) throw new RangeError("Cannot choose from an empty list");
    return items[this.integer(0, items.length - 1)]!;
  }

  /** A normally distributed number (Box and Muller), mean 0, variance 1. */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.next()));
    return radius * Math.cos(2 * Math.PI * this.next());
  }

  /** A shuffled copy (Fisher and Yates). */
  shuffle<T>(items: readonly T[]): T[] {
    const shuffled = [...items];
    for (let i = shuffled.length - 1; i > 0; i--) {
      const j = this.integer(0, i);
      [shuffled[i], shuffled[j]] = [shuffled[j]!, shuffled[i]!];
    }
    return shuffled;
  }

  /** `count` different items in random order. */
  sample<T>(items: readonly T[], count: number): T[] {
    return this.shuffle(items).slice(0, count);
  }
}
