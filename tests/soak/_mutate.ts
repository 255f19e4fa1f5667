import type { Random } from "../../core/base/random.ts";

/** Bytes at the beginning of a file that are changed more often than the others: what a reader looks at first. */
const HEAD = 100;

/** A damaged copy: a flipped bit, another byte, the end cut off, or a row of zeros. */
export function mutate(bytes: Uint8Array, random: Random): Uint8Array {
  const copy = bytes.slice();
  const reach = random.next() < 0.3 ? Math.min(HEAD, bytes.length) : bytes.length;
  const place = random.integer(0, reach - 1);
  const damage = random.integer(0, 3);
  if (damage === 0) copy[place]! ^= 1 << random.integer(0, 7);
  if (damage === 1) copy[place] = random.integer(0, 255);
  if (damage === 2) return copy.subarray(0, place);
  if (damage === 3) copy.fill(0, place, place + random.integer(1, 64));
  return copy;
}
