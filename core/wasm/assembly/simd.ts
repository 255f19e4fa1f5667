/** `a * b + c` in four lanes: rounded once where the build has relaxed SIMD and the processor can, else twice. */
@inline
export function multiplyAdd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** Writes eight values, or adds them to those that stand there. */
@inline
export function put(to: usize, low: v128, high: v128, add: bool): void {
  if (add) {
    low = f32x4.add(low, v128.load(to));
    high = f32x4.add(high, v128.load(to, 16));
  }
  v128.store(to, low);
  v128.store(to, high, 16);
}

/** Columns of a panel: the values of two vectors. */
export const PANEL: i32 = 8;

/** Rows of a tile. With PANEL columns its sums fill 12 of the 15 vector registers that V8 gives out on x64. */
export const TILE: i32 = 6;
