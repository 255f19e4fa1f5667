/** Rows that go through at a time, so that they are still in the first cache for the next channels. */
const ROWS: i32 = 128;

/** Adds four float32 values to four sums of double precision. */
@inline
function addTo(sums: usize, low: v128, high: v128): void {
  v128.store(sums, f64x2.add(v128.load(sums), low));
  v128.store(sums, f64x2.add(v128.load(sums, 16), high), 16);
}

@inline
function highHalf(values: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<f32>(values, values, 2, 3, 2, 3));
}

/**
 * Adds to `sums` each channel's products `a * (b - mean)`, and to `totals` the sum of `a`, both in double precision.
 * `rows` rows of `channels` values; `mean` is float32.
 */
export function sumProducts(
  a: usize, b: usize, mean: usize, rows: i32, channels: i32, totals: usize, sums: usize,
): void {
  const bytes = channels * 4, vectors = bytes & ~15;
  for (let first = 0; first < rows; first += ROWS) {
    const begin = first * bytes, end = min(first + ROWS, rows) * bytes;
    let channel = 0;
    for (; channel < vectors; channel += 16) {
      const center = v128.load(mean + channel);
      let low = f64x2.splat(0), high = low, totalLow = low, totalHigh = low;
      for (let at = begin + channel; at < end; at += bytes) {
        const value = v128.load(a + at), distance = f32x4.sub(v128.load(b + at), center);
        const valueLow = f64x2.promote_low_f32x4(value), valueHigh = highHalf(value);
        totalLow = f64x2.add(totalLow, valueLow), totalHigh = f64x2.add(totalHigh, valueHigh);
        low = f64x2.add(low, f64x2.mul(valueLow, f64x2.promote_low_f32x4(distance)));
        high = f64x2.add(high, f64x2.mul(valueHigh, highHalf(distance)));
      }
      addTo(totals + channel * 2, totalLow, totalHigh);
      addTo(sums + channel * 2, low, high);
    }
    for (; channel < bytes; channel += 4) {
      const center = load<f32>(mean + channel);
      let sum: f64 = 0, total: f64 = 0;
      for (let at = begin + channel; at < end; at += bytes) {
        const value = <f64>load<f32>(a + at);
        total += value;
        sum += value * <f64>(load<f32>(b + at) - center);
      }
      store<f64>(totals + channel * 2, load<f64>(totals + channel * 2) + total);
      store<f64>(sums + channel * 2, load<f64>(sums + channel * 2) + sum);
    }
  }
}

/** `y = (x - mean) * factor + offset`, a number per channel each. */
export function normalize(
  x: usize, y: usize, rows: i32, channels: i32, mean: usize, factor: usize, offset: usize,
): void {
  const bytes = channels * 4, vectors = bytes & ~15;
  for (let row = 0; row < rows; row++, x += bytes, y += bytes) {
    let at = 0;
    for (; at < vectors; at += 16) {
      const scaled = f32x4.mul(f32x4.sub(v128.load(x + at), v128.load(mean + at)), v128.load(factor + at));
      v128.store(y + at, f32x4.add(scaled, v128.load(offset + at)));
    }
    for (; at < bytes; at += 4) {
      const scaled = (load<f32>(x + at) - load<f32>(mean + at)) * load<f32>(factor + at);
      store<f32>(y + at, scaled + load<f32>(offset + at));
    }
  }
}

/** `dx = (dy - level) * factor - (x - mean) * slope`, a number per channel each. */
export function normalizeBack(
  x: usize, dy: usize, dx: usize, rows: i32, channels: i32, mean: usize, factor: usize, slope: usize, level: usize,
): void {
  const bytes = channels * 4, vectors = bytes & ~15;
  for (let row = 0; row < rows; row++, x += bytes, dy += bytes, dx += bytes) {
    let at = 0;
    for (; at < vectors; at += 16) {
      const tilt = f32x4.mul(f32x4.sub(v128.load(x + at), v128.load(mean + at)), v128.load(slope + at));
      const scaled = f32x4.mul(f32x4.sub(v128.load(dy + at), v128.load(level + at)), v128.load(factor + at));
      v128.store(dx + at, f32x4.sub(scaled, tilt));
    }
    for (; at < bytes; at += 4) {
      const tilt = (load<f32>(x + at) - load<f32>(mean + at)) * load<f32>(slope + at);
      store<f32>(dx + at, (load<f32>(dy + at) - load<f32>(level + at)) * load<f32>(factor + at) - tilt);
    }
  }
}
