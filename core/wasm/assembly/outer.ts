import { multiplyAdd, PANEL, put, TILE } from "./simd";

/** The sum over listed pairs (see `listPairs`) of six values of a source pixel times eight values of a panel's row. */
function tile(pairs: usize, count: i32, channel: i32, panel: usize, to: usize, rowBytes: i32, add: bool): void {
  let s00 = f32x4.splat(0), s01 = s00, s10 = s00, s11 = s00, s20 = s00, s21 = s00;
  let s30 = s00, s31 = s00, s40 = s00, s41 = s00, s50 = s00, s51 = s00;
  for (const end = pairs + count * 8; pairs < end; pairs += 8) {
    const b = panel + load<u32>(pairs), pixel = load<u32>(pairs, 4) + channel;
    const low = v128.load(b), high = v128.load(b, 16);
    let a = v128.load_splat<f32>(pixel);
    s00 = multiplyAdd(a, low, s00), s01 = multiplyAdd(a, high, s01);
    a = v128.load_splat<f32>(pixel, 4);
    s10 = multiplyAdd(a, low, s10), s11 = multiplyAdd(a, high, s11);
    a = v128.load_splat<f32>(pixel, 8);
    s20 = multiplyAdd(a, low, s20), s21 = multiplyAdd(a, high, s21);
    a = v128.load_splat<f32>(pixel, 12);
    s30 = multiplyAdd(a, low, s30), s31 = multiplyAdd(a, high, s31);
    a = v128.load_splat<f32>(pixel, 16);
    s40 = multiplyAdd(a, low, s40), s41 = multiplyAdd(a, high, s41);
    a = v128.load_splat<f32>(pixel, 20);
    s50 = multiplyAdd(a, low, s50), s51 = multiplyAdd(a, high, s51);
  }
  put(to, s00, s01, add), to += rowBytes;
  put(to, s10, s11, add), to += rowBytes;
  put(to, s20, s21, add), to += rowBytes;
  put(to, s30, s31, add), to += rowBytes;
  put(to, s40, s41, add), to += rowBytes;
  put(to, s50, s51, add);
}

/** Puts part of a tile that was computed aside where it belongs. */
function putPart(
  aside: usize, to: usize, rowBytes: i32, firstRow: i32, rows: i32, columns: i32, add: bool,
): void {
  for (let row = firstRow; row < rows; row++) {
    for (let at = 0; at < columns * 4; at += 4) {
      const place = to + row * rowBytes + at, value = load<f32>(aside + row * PANEL * 4 + at);
      store<f32>(place, value + (add ? load<f32>(place) : 0));
    }
  }
}

/**
 * The outer products of listed source pixels and packed rows, summed: `[channels, columns]`, rows `rowBytes` apart,
 * written to or added to `to`. The last tile begins earlier where six channels are not left, so that nothing is read
 * beyond a pixel; pixels of less than six channels need room after the last one.
 */
export function multiplyOuter(
  pairs: usize, count: i32, channels: i32, panels: usize, panelBytes: i32, columns: i32,
  to: usize, rowBytes: i32, add: bool, aside: usize,
): void {
  for (let channel = 0; channel < channels; channel += TILE) {
    const first = max(0, min(channel, channels - TILE));
    const whole = first == channel && channels >= TILE;
    let panel = panels, at = to + first * rowBytes;
    for (let left = columns; left > 0; left -= PANEL, at += PANEL * 4, panel += panelBytes) {
      if (whole && left >= PANEL) tile(pairs, count, first * 4, panel, at, rowBytes, add);
      else {
        tile(pairs, count, first * 4, panel, aside, PANEL * 4, false);
        putPart(aside, at, rowBytes, channel - first, min(TILE, channels - first), min(PANEL, left), add);
      }
    }
  }
}
