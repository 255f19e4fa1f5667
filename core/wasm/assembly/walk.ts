import { TILE } from "./simd";

/**
 * How output positions meet a source picture, for convolutions and their gradients alike. A position (y, x) of the
 * output and a tap (j, i) of the filter meet the source at `(y * scale + shift + j * dilation) / divider`, nowhere when
 * that leaves a rest or lies outside. Sizes are in bytes, pictures `[image, y, x, channel]`. The fields stand in
 * this order in memory; core/wasm/walk.ts writes them.
 */
@unmanaged
export class Walk {
  source: u32;
  sourcePixel: i32;
  sourceImage: i32;
  height: i32;
  width: i32;
  target: u32;
  targetPixel: i32;
  targetImage: i32;
  targetWidth: i32;
  /** Output positions are those of a grid: y = startY + row * gridStepY, x alike. */
  startY: i32;
  startX: i32;
  gridStepY: i32;
  gridStepX: i32;
  gridHeight: i32;
  gridWidth: i32;
  scaleY: i32;
  scaleX: i32;
  shiftY: i32;
  shiftX: i32;
  dilationY: i32;
  dilationX: i32;
  dividerY: i32;
  dividerX: i32;
  kernelWidth: i32;
  /** Zeros, as many as a run of the source is long. */
  zeros: u32;
  /** Where the rows that fill up the last tile are written. */
  spare: u32;
}

/** Bytes of a list entry: a number and six pointers. */
export const ENTRY: i32 = 32;

/** Where a coordinate meets the source, or -1. */
@inline
function meet(at: i32, divider: i32, length: i32): i32 {
  if (divider > 1) {
    if (at % divider != 0) return -1;
    at /= divider;
  }
  return at < length ? at : -1;
}

/** Writes where tap `tap` meets the source in six rows; false when it meets none. `rows` holds (y, x, image) of each. */
function listTap(walk: Walk, tap: i32, rows: usize, to: usize): bool {
  const y = tap / walk.kernelWidth * walk.dilationY, x = tap % walk.kernelWidth * walk.dilationX;
  let any = false;
  for (let row = 0; row < TILE; row++, rows += 12, to += 4) {
    const image = load<u32>(rows, 8);
    const sourceY = image ? meet(load<i32>(rows) + y, walk.dividerY, walk.height) : -1;
    const sourceX = sourceY >= 0 ? meet(load<i32>(rows, 4) + x, walk.dividerX, walk.width) : -1;
    if (sourceX >= 0) {
      store<u32>(to, image + (sourceY * walk.width + sourceX) * walk.sourcePixel);
      any = true;
    } else store<u32>(to, walk.zeros);
  }
  return any;
}

/** Where an output row lies; writes (y, x, image) of its source to `row`, the coordinates still before tap and divider. */
function placeRow(walk: Walk, position: i32, image: i32, row: usize): usize {
  const y = walk.startY + position / walk.gridWidth * walk.gridStepY;
  const x = walk.startX + position % walk.gridWidth * walk.gridStepX;
  store<i32>(row, y * walk.scaleY + walk.shiftY);
  store<i32>(row, x * walk.scaleX + walk.shiftX, 4);
  store<u32>(row, walk.source + image * walk.sourceImage, 8);
  return walk.target + image * walk.targetImage + (y * walk.targetWidth + x) * walk.targetPixel;
}

/**
 * Lists `positions` of the grid in `images` pictures, position by position, in tiles of six rows: the count of its
 * entries and the six output rows, then an entry for each tap that meets the source in one of the rows. All pictures of
 * a position stand together, so that taps beyond the border drop out of whole tiles. Returns the number of tiles.
 */
export function listRows(
  walk: Walk, firstPosition: i32, positions: i32, firstImage: i32, images: i32,
  firstTap: i32, taps: i32, tapBytes: i32, list: usize, aside: usize,
): i32 {
  const rows = positions * images, tiles = (rows + TILE - 1) / TILE;
  for (let first = 0; first < rows; first += TILE, list += (taps + 1) * ENTRY) {
    for (let row = 0; row < TILE; row++) {
      const at = first + row, place = aside + row * 12;
      const inside = at < rows;
      store<u32>(list + 4 + row * 4, inside
        ? placeRow(walk, firstPosition + at / images, firstImage + at % images, place)
        : walk.spare);
      if (!inside) store<u32>(place, 0, 8);
    }
    let count = 0;
    for (let tap = 0; tap < taps; tap++) {
      const entry = list + (count + 1) * ENTRY;
      store<i32>(entry, tap * tapBytes);
      if (listTap(walk, firstTap + tap, aside, entry + 4)) count++;
    }
    store<i32>(list, count);
  }
  return tiles;
}

/**
 * Lists where one tap meets the source, for output rows `first` to `first + count` in C order: the place of the row's
 * values in a packed panel, and the source pixel. Returns the number of pairs.
 */
export function listPairs(walk: Walk, first: i32, count: i32, tap: i32, list: usize): i32 {
  const tapY = tap / walk.kernelWidth * walk.dilationY + walk.shiftY;
  const tapX = tap % walk.kernelWidth * walk.dilationX + walk.shiftX;
  const begin = list;
  let x = first % walk.gridWidth, line = first / walk.gridWidth;
  let y = line % walk.gridHeight, image = walk.source + line / walk.gridHeight * walk.sourceImage;
  for (let row = 0; row < count; row++) {
    const sourceY = y * walk.scaleY + tapY, sourceX = x * walk.scaleX + tapX;
    if (<u32>sourceY < <u32>walk.height && <u32>sourceX < <u32>walk.width) {
      store<u32>(list, row * 32);
      store<u32>(list, image + (sourceY * walk.width + sourceX) * walk.sourcePixel, 4);
      list += 8;
    }
    if (++x == walk.gridWidth) {
      x = 0;
      if (++y == walk.gridHeight) y = 0, image += walk.sourceImage;
    }
  }
  return <i32>(list - begin) / 8;
}
