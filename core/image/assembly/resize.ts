import { loadPairs, storeBytes } from "./pairs";

@inline
function loadWords(at: usize): v128 {
  return i16x8.extend_low_i8x16_u(v128.load_zero<u32>(at));
}

/**
 * One row from two, half as wide: the means of 2 x 2 pixels, halves rounded up, or to even where `toEven` is 1. Writes up
 * to three bytes too many.
 */
export function halveRows(rows: usize, width: i32, channels: i32, toEven: i32, out: usize): void {
  const even = i16x8.splat(<i16> toEven), stride = width * channels;
  for (let x = 0; x < width; x += 2) {
    for (let group = 0; group < channels; group += 4) {
      const at = rows + x * channels + group;
      const upper = i16x8.add(loadWords(at), loadWords(at + channels));
      const lower = i16x8.add(loadWords(at + stride), loadWords(at + stride + channels));
      const sum = i16x8.add(upper, lower);
      // 2 is added for halves up; for halves to even 1 where the quotient is even.
      const less = v128.andnot(even, i16x8.shr_u(sum, 2));
      const mean = i16x8.shr_u(i16x8.sub(i16x8.add(sum, i16x8.splat(2)), less), 2);
      v128.store_lane<u32>(out + group, i8x16.narrow_i16x8_u(mean, mean), 0);
    }
    out += channels;
  }
}

/**
 * One row at its new width, as int32 with four bits less than the product. `axis` has for each of `count` output pixels
 * the offsets of two pixels in bytes and their weights as two 16-bit numbers. Writes up to three numbers too many.
 */
export function resizeRow(row: usize, channels: i32, axis: usize, count: i32, out: usize): void {
  for (let i = 0; i < count; i++) {
    const a = row + load<i32>(axis), b = row + load<i32>(axis, 4);
    const weights = v128.load_splat<u32>(axis, 8);
    for (let group = 0; group < channels; group += 4) {
      const product = i32x4.dot_i16x8_s(weights, loadPairs(a + group, b + group));
      v128.store(out + 4 * group, i32x4.shr_u(product, 4));
    }
    out += 4 * channels;
    axis += 12;
  }
}

/** `length` bytes between two rows that `resizeRow` made, by their weights. Writes up to three bytes too many. */
export function blendRows(a: usize, weightA: i32, b: usize, weightB: i32, length: i32, out: usize): void {
  const wa = i32x4.splat(weightA), wb = i32x4.splat(weightB);
  for (let i = 0; i < length; i += 4) {
    const upper = i32x4.shr_u(i32x4.mul(wa, v128.load(a + 4 * i)), 16);
    const lower = i32x4.shr_u(i32x4.mul(wb, v128.load(b + 4 * i)), 16);
    storeBytes(out + i, i32x4.shr_u(i32x4.add(i32x4.add(upper, lower), i32x4.splat(2)), 2));
  }
}
