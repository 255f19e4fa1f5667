import { loadPairs, storeBytes } from "./pairs";

/** BORDER_REFLECT_101. */
function mirror(index: i32, length: i32): i32 {
  if (length == 1) return 0;
  while (<u32> index >= <u32> length) index = (index < 0 ? 0 : 2 * length - 2) - index;
  return index;
}

/**
 * One output row of a picture of `[height, width, channels]` bytes, bilinear: `x` and `y` are `count` int32 coordinates
 * each, in 1/32 pixels. Writes up to three bytes too many.
 */
export function sampleRow(
  data: usize,
  height: i32,
  width: i32,
  channels: i32,
  x: usize,
  y: usize,
  count: i32,
  out: usize,
): void {
  const stride = width * channels;
  for (let i = 0; i < count; i++) {
    const fixedX = load<i32>(x + 4 * i), fixedY = load<i32>(y + 4 * i);
    const column = fixedX >> 5, row = fixedY >> 5;
    let a: usize, b: usize, c: usize, d: usize;
    if (<u32> column < <u32> (width - 1) && <u32> row < <u32> (height - 1)) {
      a = data + row * stride + column * channels;
      b = a + channels;
      c = a + stride;
      d = c + channels;
    } else {
      const left = mirror(column, width) * channels, right = mirror(column + 1, width) * channels;
      const upper = data + mirror(row, height) * stride, lower = data + mirror(row + 1, height) * stride;
      a = upper + left;
      b = upper + right;
      c = lower + left;
      d = lower + right;
    }
    // Both weights of a row's two pixels in one number: 32 - fx in the low half, fx in the high one.
    const across = 32 + (fixedX & 31) * 65535, fy = fixedY & 31;
    const upper = i32x4.splat(across * (32 - fy)), lower = i32x4.splat(across * fy);
    for (let group = 0; group < channels; group += 4) {
      const sum = i32x4.add(
        i32x4.dot_i16x8_s(upper, loadPairs(a + group, b + group)),
        i32x4.dot_i16x8_s(lower, loadPairs(c + group, d + group)),
      );
      storeBytes(out + group, i32x4.shr_u(i32x4.add(sum, i32x4.splat(512)), 10));
    }
    out += channels;
  }
}
