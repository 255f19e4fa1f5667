@inline
function sumLanes(values: v128): i32 {
  return i32x4.extract_lane(values, 0) + i32x4.extract_lane(values, 1) +
    i32x4.extract_lane(values, 2) + i32x4.extract_lane(values, 3);
}

/**
 * One direction of Pillow's 8-bit resize. Reads lines of bytes, writes them turned: byte `line` of row `out` of the result.
 * A weight is high * 2^15 + low; both parts are 16-bit, so that eight products take one instruction each. Sums wrap at
 * 2^32 on the way; the total does not.
 *
 * `table` has for each output its start and the number of groups of eight weights (int32 each), then the groups one output
 * after the other: 16 bytes of low parts and 16 of high parts.
 */
export function turnedPass(
  source: usize,
  lines: i32,
  step: i32,
  table: usize,
  outputs: i32,
  target: usize,
  targetStep: i32,
): void {
  for (let line = 0; line < lines; line++) {
    let weights = table + 8 * outputs;
    for (let out = 0; out < outputs; out++) {
      let at = source + load<i32>(table + 8 * out);
      const end = weights + 32 * load<i32>(table + 8 * out, 4);
      let low = i32x4.splat(0), high = i32x4.splat(0);
      while (weights < end) {
        const pixels = v128.load_ext<u8>(at);
        low = i32x4.add(low, i32x4.dot_i16x8_s(pixels, v128.load(weights)));
        high = i32x4.add(high, i32x4.dot_i16x8_s(pixels, v128.load(weights, 16)));
        at += 8;
        weights += 32;
      }
      const value = (sumLanes(low) + (sumLanes(high) << 15) + 2097152) >> 22;
      store<u8>(target + out * targetStep + line, <u8> min(max(value, 0), 255));
    }
    source += step;
  }
}
