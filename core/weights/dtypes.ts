import { quoted } from "../base/quoted.ts";

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

/** Bits that a size may have, as in the reference implementation. */
const LARGEST = 0xffffffffffffffffn;
/** Sides that a message shows. */
const SHOWN_SIDES = 8;

/**
 * A shape for a message, cut where it has many sides.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(describeShape([2, 3]), "[2, 3]");
 * assertEquals(describeShape(Array(70).fill(1)), "[1, 1, 1, 1, 1, 1, 1, 1, ... 70 sides]");
 * ```
 */
export function describeShape(shape: readonly number[]): string {
  const shown = shape.slice(0, SHOWN_SIDES).join(", ");
  return shape.length > SHOWN_SIDES ? `[${shown}, ... ${shape.length} sides]` : `[${shown}]`;
}

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
    throw new RangeError(`unknown dtype ${quoted(dtype)}; known: ${[...DTYPE_BITS.keys()].join(", ")}`);
  }
  // As the reference does: the running product of the sides must not overflow, even where a later side is zero.
  let total = BigInt(bits);
  for (const side of shape) {
    total *= BigInt(side);
    if (total > LARGEST) throw new RangeError(`the size of ${describeShape(shape)} overflows`);
  }
  if (total % 8n !== 0n) {
    throw new RangeError(`${dtype} ${describeShape(shape)} is not a whole number of bytes`);
  }
  return Number(total / 8n);
}
