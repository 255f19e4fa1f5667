import type { Pixels } from "../../base/pixels.ts";
import { reflectedOffsets } from "../warp/border.ts";
import { roundHalfEven } from "../rounding.ts";

/** Settings of contrast-limited adaptive histogram equalisation. */
export interface ClaheOptions {
  /** Highest count of a level, as a multiple of the even count; 0: no limit. */
  readonly clipLimit: number;
  /** Tiles down and across. */
  readonly tiles: readonly [rows: number, columns: number];
}

/** One channel cut into tiles of one size; the picture is extended by mirroring where it does not divide. */
interface Tiling {
  readonly height: number;
  readonly width: number;
  readonly rows: Int32Array;
  readonly columns: Int32Array;
}

function makeTiling(pixels: Pixels, [down, across]: readonly [number, number]): Tiling {
  const { height, width, channels } = pixels;
  const divides = height % down === 0 && width % across === 0;
  // OpenCV extends both sides when either does not divide, by a whole tile count where one would.
  const below = divides ? 0 : down - height % down, right = divides ? 0 : across - width % across;
  return {
    height: (height + below) / down,
    width: (width + right) / across,
    rows: reflectedOffsets(height, { before: 0, after: below, stride: width * channels }),
    columns: reflectedOffsets(width, { before: 0, after: right, stride: channels }),
  };
}

/** Cuts counts at the limit and spreads what was cut evenly, the rest in even steps. */
function clipCounts(counts: Int32Array, limit: number): void {
  let clipped = 0;
  for (let level = 0; level < 256; level++) {
    if (counts[level]! > limit) {
      clipped += counts[level]! - limit;
      counts[level] = limit;
    }
  }
  const each = Math.floor(clipped / 256);
  let rest = clipped - each * 256;
  for (let level = 0; level < 256; level++) counts[level]! += each;
  const step = rest > 0 ? Math.max(1, Math.floor(256 / rest)) : 1;
  for (let level = 0; level < 256 && rest > 0; level += step, rest--) counts[level]! += 1;
}

function tileTable(
  pixels: Pixels,
  tiling: Tiling,
  at: { row: number; column: number; channel: number; limit: number },
) {
  const counts = new Int32Array(256);
  for (let y = at.row * tiling.height; y < (at.row + 1) * tiling.height; y++) {
    const start = tiling.rows[y]! + at.channel;
    for (let x = at.column * tiling.width; x < (at.column + 1) * tiling.width; x++) {
      counts[pixels.data[start + tiling.columns[x]!]!]! += 1;
    }
  }
  if (at.limit > 0) clipCounts(counts, at.limit);
  const scale = Math.fround(255 / (tiling.height * tiling.width));
  let sum = 0;
  return Uint8Array.from(counts, (count) => {
    sum += count;
    return Math.min(255, roundHalfEven(Math.fround(sum * scale)));
  });
}

/** Between which two tiles each position lies, and how near to the second. */
function tileWeights(length: number, tile: number, tiles: number) {
  const inverse = Math.fround(1 / tile);
  return Array.from({ length }, (_, i) => {
    const place = Math.fround(Math.fround(i * inverse) - 0.5);
    const floor = Math.floor(place);
    const weight = Math.fround(place - floor);
    return {
      first: Math.max(floor, 0),
      second: Math.min(floor + 1, tiles - 1),
      weight,
      rest: Math.fround(1 - weight),
    };
  });
}

function equalizeChannel(
  pixels: Pixels,
  options: ClaheOptions,
  to: { out: Uint8Array; channel: number },
): void {
  const { data, height, width, channels } = pixels;
  const [down, across] = options.tiles;
  const tiling = makeTiling(pixels, options.tiles);
  const limit = options.clipLimit > 0
    ? Math.max(1, Math.trunc(options.clipLimit * tiling.height * tiling.width / 256))
    : 0;
  const tables = Array.from({ length: down * across }, (_, i) => {
    const place = { row: Math.floor(i / across), column: i % across };
    return tileTable(pixels, tiling, { ...place, channel: to.channel, limit });
  });
  const rows = tileWeights(height, tiling.height, down), columns = tileWeights(width, tiling.width, across);
  const { fround } = Math;
  for (let y = 0, p = to.channel; y < height; y++) {
    const row = rows[y]!;
    for (let x = 0; x < width; x++, p += channels) {
      const column = columns[x]!, level = data[p]!;
      const mix = (tile: number) =>
        fround(
          fround(tables[tile * across + column.first]![level]! * column.rest) +
            fround(tables[tile * across + column.second]![level]! * column.weight),
        );
      const value = fround(fround(mix(row.first) * row.rest) + fround(mix(row.second) * row.weight));
      to.out[p] = Math.min(255, roundHalfEven(value));
    }
  }
}

/**
 * Contrast-limited adaptive histogram equalisation of each channel by itself, byte for byte
 * `cv2.createCLAHE(clipLimit, tileGridSize).apply(channel)`.
 */
export function clahe(pixels: Pixels, options: ClaheOptions): Pixels {
  const out = new Uint8Array(pixels.data.length);
  for (let channel = 0; channel < pixels.channels; channel++) {
    equalizeChannel(pixels, options, { out, channel });
  }
  return { ...pixels, data: out };
}
