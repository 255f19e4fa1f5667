const FREE = -1;
const FEWEST_SLOTS = 1024;
/** Share of slots in use from which there are twice as many. */
const FULL = 0.8;

/** Two lanes of 32 bits over the code units of a string, mixed at the end. */
function fingerprint(key: string): [high: number, low: number] {
  let high = 0xdeadbeef, low = 0x41c6ce57;
  for (let i = 0; i < key.length; i++) {
    const unit = key.charCodeAt(i);
    high = Math.imul(high ^ unit, 0x9e3779b1);
    low = Math.imul(low ^ unit, 0x5f356495);
  }
  high = Math.imul(high ^ (high >>> 16), 0x85ebca6b) ^ Math.imul(low ^ (low >>> 13), 0xc2b2ae35);
  low = Math.imul(low ^ (low >>> 16), 0x85ebca6b) ^ Math.imul(high ^ (high >>> 13), 0xc2b2ae35);
  return [high | 0, low | 0];
}

/**
 * Numbers by text, in typed arrays: of each key only 64 bits of a hash are kept, so a million keys are 25 MB and no
 * object. Two keys in 2^64 pairs are taken for one, so whoever looks one up compares what he finds with what he sought.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const index = new KeyIndex();
 * index.set("a", 7);
 * index.set("a", 8);
 * assertEquals([index.size, index.get("a"), index.get("b")], [1, 8, undefined]);
 * ```
 */
export class KeyIndex {
  #size = 0;
  #keys = new Int32Array(2 * FEWEST_SLOTS);
  #values = new Int32Array(FEWEST_SLOTS).fill(FREE);

  /** How many keys there are. */
  get size(): number {
    return this.#size;
  }

  /** The slot of a key, or the free one where it belongs: open addressing. */
  #slotOf(high: number, low: number): number {
    const mask = this.#values.length - 1;
    for (let slot = low & mask;; slot = (slot + 1) & mask) {
      if (this.#values[slot] === FREE) return slot;
      if (this.#keys[2 * slot] === high && this.#keys[2 * slot + 1] === low) return slot;
    }
  }

  #put(high: number, low: number, value: number): void {
    const slot = this.#slotOf(high, low);
    if (this.#values[slot] === FREE) this.#size++;
    this.#keys[2 * slot] = high;
    this.#keys[2 * slot + 1] = low;
    this.#values[slot] = value;
  }

  #grow(): void {
    const keys = this.#keys, values = this.#values;
    this.#size = 0;
    this.#keys = new Int32Array(2 * keys.length);
    this.#values = new Int32Array(2 * values.length).fill(FREE);
    for (const [slot, value] of values.entries()) {
      if (value !== FREE) this.#put(keys[2 * slot]!, keys[2 * slot + 1]!, value);
    }
  }

  /** Keeps a number of 0 or more under a key, in place of an earlier one. */
  set(key: string, value: number): void {
    if (this.#size >= FULL * this.#values.length) this.#grow();
    this.#put(...fingerprint(key), value);
  }

  /** The number under a key. */
  get(key: string): number | undefined {
    const value = this.#values[this.#slotOf(...fingerprint(key))]!;
    return value === FREE ? undefined : value;
  }

  /** Forgets all keys, and gives their memory back at once instead of with the next collection. */
  clear(): void {
    for (const { buffer } of [this.#keys, this.#values]) buffer.transfer(0);
    this.#size = 0;
    this.#keys = new Int32Array(2 * FEWEST_SLOTS);
    this.#values = new Int32Array(FEWEST_SLOTS).fill(FREE);
  }

  /** All numbers, ascending. */
  values(): Int32Array {
    return this.#values.filter((value) => value !== FREE).sort();
  }
}
