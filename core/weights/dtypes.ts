/**
 * Bits of one element per safetensors dtype, in the order of the reference implementation's enumeration; its writer
 * puts the later ones first.
 */
export const DTYPE_BITS: ReadonlyMap<string, number> = new Map([
  ["BOOL", 8],
  ["F4", 4],
  ["F6_E2M3", 6],
  ["F6_E3M2", 6],
  ["U8", 8],
  ["I8", 8],
  ["F8_E5M2", 8],
  ["F8_E4M3", 8],
  ["F8_E8M0", 8],
  ["F8_E4M3FNUZ", 8],
  ["F8_E5M2FNUZ", 8],
  ["I16", 16],
  ["U16", 16],
  ["F16", 16],
  ["BF16", 16],
  ["I32", 32],
  ["U32", 32],
  ["F32", 32],
  ["C64", 64],
  ["F64", 64],
  ["I64", 64],
  ["U64", 64],
]);

/**
 * The bytes that a tensor takes.
 *
 * @throws RangeError when the dtype is unknown, the size overflows, or it is not a whole number of bytes
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(tensorBytes("F32", [2, 3]), 24);
 * assertEquals(tensorBytes("I64", []), 8);
 * ```
 */
export function tensorBytes(dtype: string, shape: readonly number[]): number {
  const bits = DTYPE_BITS.get(dtype);
  if (bits === undefined) {
    throw new RangeError(`unknown dtype "${dtype}"; known: ${[...DTYPE_BITS.keys()].join(", ")}`);
  }
  // As the reference does: the running product of the sides must not overflow, even where a later side is zero.
  const product = shape.reduce((total, side) => total * BigInt(side), 1n);
  const peak = shape.reduce(({ total, most }, side) => {
    const next = total * BigInt(side);
    return { total: next, most: next > most ? next : most };
  }, { total: 1n, most: 1n }).most;
  if (peak * BigInt(bits) > 0xffffffffffffffffn) throw new RangeError(`the size of [${shape}] overflows`);
  const total = product * BigInt(bits);
  if (total % 8n !== 0n) throw new RangeError(`${dtype} [${shape}] is not a whole number of bytes`);
  return Number(total / 8n);
}
