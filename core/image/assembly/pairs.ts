/** Bytes of two pixels as pairs of 16-bit numbers, four channels: a0 b0 a1 b1 a2 b2 a3 b3. */
@inline
export function loadPairs(a: usize, b: usize): v128 {
  const both = v128.load_lane<u32>(b, v128.load_zero<u32>(a), 1);
  return v128.shuffle<u8>(both, i32x4.splat(0), 0, 16, 4, 16, 1, 16, 5, 16, 2, 16, 6, 16, 3, 16, 7, 16);
}

/** Writes four 32-bit numbers from 0 to 255 as bytes. */
@inline
export function storeBytes(at: usize, values: v128): void {
  const words = v128.narrow<i32>(values, values);
  v128.store_lane<u32>(at, i8x16.narrow_i16x8_u(words, words), 0);
}
