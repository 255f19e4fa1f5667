/**
 * Encodes bits as lowercase hex, first bit first; the number of bits must be a multiple of 4.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(bitsToHex([1, 0, 0, 0, 0, 0, 1, 1]), "83");
 * ```
 */
export function bitsToHex(bits: ArrayLike<number>): string {
  let hex = "";
  for (let i = 0; i < bits.length; i += 4) {
    hex += (8 * bits[i]! + 4 * bits[i + 1]! + 2 * bits[i + 2]! + bits[i + 3]!).toString(16);
  }
  return hex;
}

/** Decodes a hex hash to 32-bit words, most significant bit first; the last word is zero-padded. */
export function hexToWords(hex: string): Uint32Array {
  const words = new Uint32Array(Math.ceil(hex.length / 8));
  for (let i = 0; i < words.length; i++) words[i] = wordOf(hex, i);
  return words;
}

/** One 32-bit word of a hex hash, as in `hexToWords`. */
export function wordOf(hex: string, index: number): number {
  return parseInt(hex.slice(8 * index, 8 * index + 8).padEnd(8, "0"), 16);
}

/** Population count of a 32-bit word. */
export function countBits(word: number): number {
  word -= (word >>> 1) & 0x55555555;
  word = (word & 0x33333333) + ((word >>> 2) & 0x33333333);
  return Math.imul((word + (word >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/**
 * Hamming distance of two hex hashes of equal length, in bits.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(hammingDistance("00ff", "01fe"), 2);
 * ```
 */
export function hammingDistance(a: string, b: string): number {
  const left = hexToWords(a), right = hexToWords(b);
  return left.reduce((sum, word, i) => sum + countBits(word ^ right[i]!), 0);
}

/** Whether a hash is degenerate, as of blank images: all zeros, all ones, or only the first bit set. */
export function isEmptyHash(hex: string): boolean {
  return /^([08]0*|f+)$/.test(hex);
}
