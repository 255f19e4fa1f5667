/** Writes protocol buffers field by field: a message is the bytes of its fields, joined. */

/** Fields of a protocol buffer message, ready to be joined with others. */
export type Encoded = Uint8Array<ArrayBuffer>;

/** Wire types: how a reader finds the end of a field. */
const VARINT = 0, BITS_64 = 1, LENGTH_FIRST = 2, BITS_32 = 5;

/** Bytes one after the other. */
export function joinBytes(...parts: readonly Uint8Array[]): Encoded {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** A whole number in groups of seven bits, the lowest first; a negative one as 64 bits in two's complement. */
function varint(value: number): number[] {
  if (value < 0) return negativeVarint(value);
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127) {
    bytes.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  return [...bytes, rest];
}

function negativeVarint(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = BigInt.asUintN(64, BigInt(value)); rest > 0n; rest >>= 7n) {
    bytes.push(Number(rest & 127n) | (rest > 127n ? 128 : 0));
  }
  return bytes;
}

function key(field: number, wireType: number): number[] {
  return varint(field * 8 + wireType);
}

/**
 * A field of whole number (int32, int64, enum or bool), written even when it is 0: in a `oneof` and in a list its
 * presence counts. From -2^53 to 2^53.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals([...integerField(3, 300)], [0x18, 0xac, 0x02]);
 * assertEquals(integerField(1, -1).toHex(), "08ffffffffffffffffff01");
 * ```
 */
export function integerField(field: number, value: number): Encoded {
  return Uint8Array.from([...key(field, VARINT), ...varint(value)]);
}

/** A field of whole number that is left out when it is 0, as readers take 0 for what is not there. */
export function nonZeroField(field: number, value: number): Encoded {
  return value === 0 ? new Uint8Array() : integerField(field, value);
}

/** A field of 32-bit float, written even when it is 0. */
export function floatField(field: number, value: number): Encoded {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return joinBytes(Uint8Array.from(key(field, BITS_32)), bytes);
}

/** A field of 64-bit float, written even when it is 0. */
export function doubleField(field: number, value: number): Encoded {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value, true);
  return joinBytes(Uint8Array.from(key(field, BITS_64)), bytes);
}

/** A field of text, bytes or a message. */
export function bytesField(field: number, value: string | Uint8Array): Encoded {
  const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
  return joinBytes(Uint8Array.from([...key(field, LENGTH_FIRST), ...varint(bytes.length)]), bytes);
}

/** One entry of a map field from text to text, bytes or messages. */
export function mapEntryField(field: number, name: string, value: string | Uint8Array): Encoded {
  return bytesField(field, joinBytes(bytesField(1, name), bytesField(2, value)));
}
