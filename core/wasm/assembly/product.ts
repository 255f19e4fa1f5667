import { multiplyAdd, PANEL, put, TILE } from "./simd";
import { ENTRY } from "./walk";

/**
 * Six rows times a panel of eight columns. `entries` name, for each run of the summed dimension, where its values begin
 * in the panel and in each of the six rows; a run has `bytes` bytes. `rows` points at the six output rows.
 */
function tile(entries: usize, count: i32, bytes: i32, panel: usize, rows: usize, column: i32, add: bool): void {
  let s00 = f32x4.splat(0), s01 = s00, s10 = s00, s11 = s00, s20 = s00, s21 = s00;
  let s30 = s00, s31 = s00, s40 = s00, s41 = s00, s50 = s00, s51 = s00;
  for (let entry = entries, last = entries + count * ENTRY; entry < last; entry += ENTRY) {
    let b = panel + load<u32>(entry);
    let a0 = load<u32>(entry, 4), a1 = load<u32>(entry, 8), a2 = load<u32>(entry, 12);
    let a3 = load<u32>(entry, 16), a4 = load<u32>(entry, 20), a5 = load<u32>(entry, 24);
    for (const end = a0 + bytes; a0 < end; b += 32) {
      const low = v128.load(b), high = v128.load(b, 16);
      let a = v128.load_splat<f32>(a0);
      s00 = multiplyAdd(a, low, s00), s01 = multiplyAdd(a, high, s01);
      a = v128.load_splat<f32>(a1);
      s10 = multiplyAdd(a, low, s10), s11 = multiplyAdd(a, high, s11);
      a = v128.load_splat<f32>(a2);
      s20 = multiplyAdd(a, low, s20), s21 = multiplyAdd(a, high, s21);
      a = v128.load_splat<f32>(a3);
      s30 = multiplyAdd(a, low, s30), s31 = multiplyAdd(a, high, s31);
      a = v128.load_splat<f32>(a4);
      s40 = multiplyAdd(a, low, s40), s41 = multiplyAdd(a, high, s41);
      a = v128.load_splat<f32>(a5);
      s50 = multiplyAdd(a, low, s50), s51 = multiplyAdd(a, high, s51);
      a0 += 4, a1 += 4, a2 += 4, a3 += 4, a4 += 4, a5 += 4;
    }
  }
  put(load<u32>(rows) + column, s00, s01, add);
  put(load<u32>(rows, 4) + column, s10, s11, add);
  put(load<u32>(rows, 8) + column, s20, s21, add);
  put(load<u32>(rows, 12) + column, s30, s31, add);
  put(load<u32>(rows, 16) + column, s40, s41, add);
  put(load<u32>(rows, 20) + column, s50, s51, add);
}

/** Puts the first `columns` of a tile that was computed aside into its rows. */
function putPart(aside: usize, rows: usize, column: i32, columns: i32, add: bool): void {
  for (let row = 0; row < TILE; row++) {
    const from = aside + row * PANEL * 4, to = load<u32>(rows + row * 4) + column;
    for (let at = 0; at < columns * 4; at += 4) {
      store<f32>(to + at, load<f32>(from + at) + (add ? load<f32>(to + at) : 0));
    }
  }
}

/**
 * The product of listed rows (see `listRows`) and packed panels, written to or added to the listed output rows.
 * `taps` is the room for entries in a tile's list, `aside` room for one tile and six pointers.
 */
export function multiplyRows(
  list: usize, tiles: i32, taps: i32, bytes: i32, panels: usize, panelBytes: i32,
  columns: i32, add: bool, aside: usize,
): void {
  const room = (taps + 1) * ENTRY, pointers = aside + TILE * PANEL * 4;
  for (let row = 0; row < TILE; row++) store<u32>(pointers + row * 4, aside + row * PANEL * 4);
  for (let index = 0; index < tiles; index++, list += room) {
    const count = load<i32>(list), rows = list + 4;
    let panel = panels, at = 0, left = columns;
    for (; left >= PANEL; left -= PANEL, at += PANEL * 4, panel += panelBytes) {
      tile(list + ENTRY, count, bytes, panel, rows, at, add);
    }
    if (left > 0) {
      tile(list + ENTRY, count, bytes, panel, pointers, 0, false);
      putPart(aside, rows, at, left, add);
    }
  }
}
