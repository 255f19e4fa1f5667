/** A part of a protocol buffer message, ready to be joined with others. */
export type Encoded = Uint8Array<ArrayBuffer>;

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

function varint(value: number): number[] {
  const bytes: number[] = [];
  while (value > 127) {
    bytes.push((value % 128) | 128);
    value = Math.floor(value / 128);
  }
  return [...bytes, value];
}

/** A field of whole number; up to 2^53. */
export function integerField(field: number, value: number): Encoded {
  return Uint8Array.from([...varint(field * 8), ...varint(value)]);
}

/** A field of 32-bit float. */
export function floatField(field: number, value: number): Encoded {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return joinBytes(Uint8Array.from(varint(field * 8 + 5)), bytes);
}

/** A field of 64-bit float. */
export function doubleField(field: number, value: number): Encoded {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value, true);
  return joinBytes(Uint8Array.from(varint(field * 8 + 1)), bytes);
}

/** A field of text, bytes or a message. */
export function bytesField(field: number, value: string | Uint8Array): Encoded {
  const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
  return joinBytes(Uint8Array.from([...varint(field * 8 + 2), ...varint(bytes.length)]), bytes);
}
