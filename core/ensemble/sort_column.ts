const BITS = 11, BUCKETS = 1 << BITS;

/**
 * Rows of a column by falling value, equal ones in row order: a radix sort, since the comparing one takes ten times as
 * long on the millions of values of an ensemble. Values are not negative.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals([...fallingOrder(Float32Array.of(0.1, 0.9, 0.1, 0))], [1, 0, 2, 3]);
 * ```
 */
export function fallingOrder(values: Float32Array): Uint32Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  let from = new Uint32Array(values.length), to = new Uint32Array(values.length);
  for (let row = 0; row < from.length; row++) from[row] = row;
  const places = new Uint32Array(BUCKETS);
  for (let shift = 0; shift < 32; shift += BITS) {
    places.fill(0);
    for (let row = 0; row < bits.length; row++) places[(~bits[row]! >>> shift) & (BUCKETS - 1)]! += 1;
    let sum = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const count = places[bucket]!;
      places[bucket] = sum;
      sum += count;
    }
    for (let at = 0; at < from.length; at++) {
      const row = from[at]!, bucket = (~bits[row]! >>> shift) & (BUCKETS - 1);
      to[places[bucket]!++] = row;
    }
    [from, to] = [to, from];
  }
  return from;
}
