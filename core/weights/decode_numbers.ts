import type { StoredTensor } from "./safetensors.ts";

type Decode = (view: DataView, index: number) => number;

const DECODERS: Readonly<Record<string, { readonly bytes: number; readonly decode: Decode }>> = {
  F32: { bytes: 4, decode: (view, index) => view.getFloat32(4 * index, true) },
  F64: { bytes: 8, decode: (view, index) => view.getFloat64(8 * index, true) },
  F16: { bytes: 2, decode: (view, index) => halfToNumber(view.getUint16(2 * index, true)) },
  BF16: { bytes: 2, decode: (view, index) => bfloatToNumber(view.getUint16(2 * index, true)) },
};

const scratch = new DataView(new ArrayBuffer(4));

function bfloatToNumber(bits: number): number {
  scratch.setUint32(0, bits * 65536);
  return scratch.getFloat32(0);
}

/**
 * The number that 16 bits of IEEE 754 binary16 stand for.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(halfToNumber(0x3c00), 1);
 * assertEquals(halfToNumber(0xc000), -2);
 * assertEquals(halfToNumber(0x0001), 2 ** -24);
 * ```
 */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

/** The values of a floating-point tensor as float32 in a buffer of their own, or null for other dtypes. */
export function decodeNumbers(stored: StoredTensor): Float32Array<ArrayBuffer> | null {
  const decoder = DECODERS[stored.dtype];
  if (!decoder) return null;
  const { data } = stored;
  if (stored.dtype === "F32") return new Float32Array(new Uint8Array(data).buffer);
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return Float32Array.from(
    { length: data.length / decoder.bytes },
    (_, index) => decoder.decode(view, index),
  );
}
