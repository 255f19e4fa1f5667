/** Writes protocol buffers field by field: the few messages that TensorFlow's C API takes in serialized form. */

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127) {
    bytes.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return bytes;
}

/** A whole-number, enum or bool field; what is 0 is the default and left out. Negative numbers are not supported. */
export function numberField(field: number, value: number): number[] {
  return value === 0 ? [] : [...varint(field * 8), ...varint(value)];
}

/** An int64 field of any sign, written even when 0. */
export function integerField(field: number, value: number): number[] {
  if (value >= 0) return [...varint(field * 8), ...varint(value)];
  const bytes: number[] = [];
  // Two's complement in 64 bits: nine groups of seven and the last bit.
  for (let rest = BigInt.asUintN(64, BigInt(value)); rest > 0n; rest >>= 7n) {
    bytes.push(Number(rest & 127n) | (rest > 127n ? 128 : 0));
  }
  return [...varint(field * 8), ...bytes];
}

/** A float field (wire type 5), written even when 0: in a oneof its presence counts. */
export function floatField(field: number, value: number): number[] {
  return [...varint(field * 8 + 5), ...new Uint8Array(Float32Array.of(value).buffer)];
}

/** A message field. */
export function messageField(field: number, content: readonly number[]): number[] {
  return [...varint(field * 8 + 2), ...varint(content.length), ...content];
}

/** A string field. */
export function textField(field: number, value: string): number[] {
  return messageField(field, [...new TextEncoder().encode(value)]);
}

/** One entry of a map field from string to message. */
export function entryField(field: number, key: string, value: readonly number[]): number[] {
  return messageField(field, [...textField(1, key), ...messageField(2, value)]);
}
