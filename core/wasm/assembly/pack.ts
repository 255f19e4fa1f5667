import { PANEL } from "./simd";
import { Walk } from "./walk";

/** Packs a matrix into panels of eight columns, zeros filling up the last: `[columns / 8][rows][8]`. */
export function packRows(
  from: usize, rowBytes: i32, rows: i32, columns: i32, to: usize, panelBytes: i32,
): void {
  for (; columns >= PANEL; columns -= PANEL, from += PANEL * 4, to += panelBytes) {
    for (let row = 0, source = from, target = to; row < rows; row++, source += rowBytes, target += 32) {
      v128.store(target, v128.load(source));
      v128.store(target, v128.load(source, 16), 16);
    }
  }
  if (columns == 0) return;
  for (let row = 0; row < rows; row++, from += rowBytes, to += 32) {
    for (let column = 0; column < PANEL; column++) {
      store<f32>(to + column * 4, column < columns ? load<f32>(from + column * 4) : 0);
    }
  }
}

/** Turns four rows of four values; the rows of the result are 32 bytes apart, as in a panel. */
@inline
function turnSquare(from: usize, rowBytes: i32, to: usize): void {
  const a = v128.load(from), b = v128.load(from + rowBytes);
  const c = v128.load(from + 2 * rowBytes), d = v128.load(from + 3 * rowBytes);
  const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5), AB = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5), CD = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f32>(ab, cd, 0, 1, 4, 5));
  v128.store(to, v128.shuffle<f32>(ab, cd, 2, 3, 6, 7), 32);
  v128.store(to, v128.shuffle<f32>(AB, CD, 0, 1, 4, 5), 64);
  v128.store(to, v128.shuffle<f32>(AB, CD, 2, 3, 6, 7), 96);
}

/** Packs the transpose of a matrix: each of its rows, `columns` of them, becomes a column of `rows` values. */
export function packTurned(
  from: usize, rowBytes: i32, rows: i32, columns: i32, to: usize, panelBytes: i32,
): void {
  for (; columns > 0; columns -= PANEL, from += PANEL * rowBytes, to += panelBytes) {
    let row = 0;
    if (columns >= PANEL) {
      for (; row + 4 <= rows; row += 4) {
        turnSquare(from + row * 4, rowBytes, to + row * 32);
        turnSquare(from + row * 4 + 4 * rowBytes, rowBytes, to + row * 32 + 16);
      }
    }
    for (; row < rows; row++) {
      for (let column = 0; column < PANEL; column++) {
        const value = column < columns ? load<f32>(from + column * rowBytes + row * 4) : 0;
        store<f32>(to + row * 32 + column * 4, value);
      }
    }
  }
}

@inline
function copy(from: usize, to: usize, bytes: i32): void {
  let at = 0;
  for (; at + 16 <= bytes; at += 16) v128.store(to + at, v128.load(from + at));
  for (; at < bytes; at += 4) store<f32>(to + at, load<f32>(from + at));
}

@inline
function clear(to: usize, bytes: i32): void {
  for (let at = 0; at < bytes; at += 4) store<f32>(to + at, 0);
}

/** Writes `taps` pixels of one line, of `bytes` each, from x on; what lies outside the picture is zero. */
function gatherLine(walk: Walk, line: usize, x: i32, bytes: i32, to: usize): void {
  for (let tap = 0; tap < walk.kernelWidth; tap++, x += walk.dilationX, to += bytes) {
    if (<u32>x < <u32>walk.width) copy(line + x * walk.sourcePixel, to, bytes);
    else clear(to, bytes);
  }
}

/**
 * Writes the patches of output rows `first` to `first + count` in C order as rows of a matrix, kernelHeight *
 * kernelWidth pixels of `bytes` bytes each: for few channels, where one tap alone is too short a run.
 */
export function gatherPatches(walk: Walk, first: i32, count: i32, kernelHeight: i32, bytes: i32, to: usize): void {
  const lineBytes = walk.kernelWidth * bytes;
  for (let row = first; row < first + count; row++) {
    const line = row / walk.gridWidth, image = walk.source + line / walk.gridHeight * walk.sourceImage;
    const x = row % walk.gridWidth * walk.scaleX + walk.shiftX;
    let y = line % walk.gridHeight * walk.scaleY + walk.shiftY;
    for (let tap = 0; tap < kernelHeight; tap++, y += walk.dilationY, to += lineBytes) {
      if (<u32>y < <u32>walk.height) {
        gatherLine(walk, image + y * walk.width * walk.sourcePixel, x, bytes, to);
      } else clear(to, lineBytes);
    }
  }
}
