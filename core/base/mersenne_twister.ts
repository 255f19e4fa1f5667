/**
 * The Mersenne Twister MT19937 (Matsumoto and Nishimura, 1998), for results that must equal NumPy's legacy RandomState or
 * OpenCV's bit for bit. Everything else draws from `core/base/random.ts`.
 */

const SIZE = 624;
const OFFSET = 397;

function twist(upper: number, lower: number): number {
  const mixed = (upper & 0x80000000) | (lower & 0x7fffffff);
  return (mixed >>> 1) ^ (-(mixed & 1) & 0x9908b0df);
}

/**
 * A stream of 32-bit words from a 32-bit seed (`init_genrand`).
 *
 * @example The first words of seed 5489, the reference implementation's default
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const twister = new MersenneTwister(5489);
 * assertEquals([twister.word(), twister.word()], [3499211612, 581869302]);
 * ```
 */
export class MersenneTwister {
  readonly #state = new Uint32Array(SIZE);
  #position = SIZE;

  constructor(seed: number) {
    this.#state[0] = seed;
    for (let i = 1; i < SIZE; i++) {
      const last = this.#state[i - 1]!;
      this.#state[i] = Math.imul(1812433253, last ^ (last >>> 30)) + i;
    }
  }

  #refill(): void {
    const state = this.#state;
    const wrap = SIZE - OFFSET;
    for (let i = 0; i < wrap; i++) state[i] = state[i + OFFSET]! ^ twist(state[i]!, state[i + 1]!);
    for (let i = wrap; i < SIZE - 1; i++) state[i] = state[i - wrap]! ^ twist(state[i]!, state[i + 1]!);
    state[SIZE - 1] = state[OFFSET - 1]! ^ twist(state[SIZE - 1]!, state[0]!);
    this.#position = 0;
  }

  /** The next 32-bit word. */
  word(): number {
    if (this.#position === SIZE) this.#refill();
    let word = this.#state[this.#position++]!;
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    return (word ^ (word >>> 18)) >>> 0;
  }

  /** A uniform number in [0, 1) with 53 random bits, as NumPy's `random_sample`. */
  double(): number {
    return ((this.word() >>> 5) * 67108864 + (this.word() >>> 6)) / 9007199254740992;
  }

  /** A uniform integer in [0, limit] by masking and rejection, as NumPy's legacy generator draws it; 0 draws nothing. */
  upTo(limit: number): number {
    if (limit === 0) return 0;
    const mask = 2 ** (32 - Math.clz32(limit)) - 1;
    let word = (this.word() & mask) >>> 0;
    while (word > limit) word = (this.word() & mask) >>> 0;
    return word;
  }
}
