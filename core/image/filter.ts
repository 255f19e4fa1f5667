import { type AnyPixels, isDeep, type Pixels } from "../base/pixels.ts";
import { boxBlurDeep, meanOfTapsDeep } from "./deep/filter.ts";
import { reflectedOffsets } from "./warp/border.ts";
import { roundHalfEven } from "./rounding.ts";

/** Each possible sum of `count` bytes, divided by the count. */
function meanTable(count: number): Uint8Array {
  return Uint8Array.from({ length: 255 * count + 1 }, (_, sum) => roundHalfEven(sum / count));
}

/** A picture with mirrored borders, one row of samples after the other, then zeros as long as a row. */
interface Padded {
  readonly data: Uint8Array;
  /** Bytes of one padded row. */
  readonly stride: number;
}

function padRows(pixels: Pixels, before: number, after: number): Padded {
  const { data, height, width, channels } = pixels;
  const length = width * channels, stride = (width + before + after) * channels;
  const padded = new Uint8Array((height + before + after + 1) * stride);
  const columns = reflectedOffsets(width, { before, after, stride: channels });
  const rows = reflectedOffsets(height, { before, after, stride: length });
  for (let y = 0; y < rows.length; y++) {
    const from = rows[y]!, to = y * stride;
    padded.set(data.subarray(from, from + length), to + before * channels);
    const edge = (x: number) => {
      for (let c = 0; c < channels; c++) padded[to + x * channels + c] = data[from + columns[x]! + c]!;
    };
    for (let x = 0; x < before; x++) edge(x);
    for (let x = before + width; x < columns.length; x++) edge(x);
  }
  return { data: padded, stride };
}

/** Adds one padded row to the column sums and takes another away; `minus` below 0 takes nothing away. */
function slideRow({ data, stride }: Padded, sums: Int32Array, move: { plus: number; minus: number }): void {
  const plus = move.plus * stride;
  if (move.minus < 0) {
    for (let i = 0; i < stride; i++) sums[i]! += data[plus + i]!;
    return;
  }
  const minus = move.minus * stride;
  for (let i = 0; i < stride; i++) sums[i]! += data[plus + i]! - data[minus + i]!;
}

/** Means of `size` column sums side by side, sliding along the row channel by channel. */
function slideColumns(sums: Int32Array, means: Uint8Array, to: {
  readonly out: Uint8Array;
  readonly start: number;
  readonly size: number;
  readonly channels: number;
}): void {
  const { out, start, size, channels } = to;
  const reach = (size - 1) * channels, length = sums.length - reach;
  for (let c = 0; c < channels; c++) {
    let total = 0;
    for (let i = c; i < reach; i += channels) total += sums[i]!;
    for (let i = c; i < length; i += channels) {
      total += sums[i + reach]!;
      out[start + i] = means[total]!;
      total -= sums[i]!;
    }
  }
}

/**
 * The mean of `size` x `size` neighbours, byte for byte `cv2.blur(..., (size, size))`: mirrored borders, rounded to the
 * nearest.
 *
 * @param size odd
 */
export function boxBlur<Picture extends AnyPixels>(pixels: Picture, size: number): Picture;
export function boxBlur(pixels: AnyPixels, size: number): AnyPixels {
  if (isDeep(pixels)) return boxBlurDeep(pixels, size);
  const { height, channels } = pixels;
  const radius = size >> 1;
  const padded = padRows(pixels, radius, size - 1 - radius);
  const sums = new Int32Array(padded.stride);
  const means = meanTable(size * size);
  const out = new Uint8Array(pixels.data.length);
  for (let y = 1 - size; y < height; y++) {
    slideRow(padded, sums, { plus: y + size - 1, minus: y - 1 });
    if (y >= 0) slideColumns(sums, means, { out, start: y * pixels.width * channels, size, channels });
  }
  return { ...pixels, data: out };
}

/** One tap of a kernel, relative to its centre. */
export interface Tap {
  readonly x: number;
  readonly y: number;
}

/** Three rows of samples by their starts. */
type Three = readonly [number, number, number];

/** Adds three shifted rows to the sums. */
function addThree(data: Uint8Array, [p, q, r]: Three, sums: Int32Array): void {
  for (let i = 0; i < sums.length; i++) sums[i]! += data[p + i]! + data[q + i]! + data[r + i]!;
}

/** Adds the last three rows, looks the totals up and clears the sums for the next row. */
function finishThree(
  data: Uint8Array,
  [p, q, r]: Three,
  to: { sums: Int32Array; means: Uint8Array; out: Uint8Array },
): void {
  const { sums, means, out } = to;
  for (let i = 0; i < sums.length; i++) {
    out[i] = means[sums[i]! + data[p + i]! + data[q + i]! + data[r + i]!]!;
    sums[i] = 0;
  }
}

/** A row's sums of float32 products, fused as on processors with FMA, rounded half to even. */
function roundFloatSums(data: Uint8Array, starts: readonly number[], out: Uint8Array): void {
  const weight = Math.fround(1 / starts.length);
  for (let i = 0; i < out.length; i++) {
    let sum = 0;
    for (const start of starts) sum = Math.fround(data[start + i]! * weight + sum);
    out[i] = roundHalfEven(sum);
  }
}

/** Fills one output row from the rows of samples that start at the given places. */
type FillRow = (data: Uint8Array, starts: readonly number[], out: Uint8Array) => void;

/**
 * OpenCV adds float32 products and rounds halves to even. Whole sums give the same unless the count is even and no power
 * of two: then a half may be missed, and only the same sums give the same bytes.
 */
function fillerFor(count: number, length: number): FillRow {
  if (count % 2 === 0 && (count & (count - 1)) !== 0) return roundFloatSums;
  const means = meanTable(count);
  const sums = new Int32Array(length);
  return (data, starts, out) => {
    // Taps missing of the last three read the zeros behind the last row.
    const zeros = data.length - length;
    const three = (tap: number): Three => [starts[tap]!, starts[tap + 1] ?? zeros, starts[tap + 2] ?? zeros];
    let tap = 0;
    for (; tap + 3 < count; tap += 3) addThree(data, three(tap), sums);
    finishThree(data, three(tap), { sums, means, out });
  };
}

/**
 * The mean of the pixels under a few taps, byte for byte `cv2.filter2D(..., -1, kernel / count)` for a kernel of ones at
 * those taps: correlation, mirrored borders, rounded half to even.
 *
 * @param taps positions within `radius` of the centre, at least one
 */
export function meanOfTaps<Picture extends AnyPixels>(
  pixels: Picture,
  taps: readonly Tap[],
  radius: number,
): Picture;
export function meanOfTaps(pixels: AnyPixels, taps: readonly Tap[], radius: number): AnyPixels {
  if (isDeep(pixels)) return meanOfTapsDeep(pixels, taps);
  const { height, width, channels } = pixels;
  const length = width * channels;
  const { data, stride } = padRows(pixels, radius, radius);
  const ordered = [...taps].sort((a, b) => a.y - b.y || a.x - b.x);
  const offsets = ordered.map(({ x, y }) => (y + radius) * stride + (x + radius) * channels);
  const fill = fillerFor(taps.length, length);
  const out = new Uint8Array(pixels.data.length);
  for (let y = 0; y < height; y++) {
    const starts = offsets.map((offset) => offset + y * stride);
    fill(data, starts, out.subarray(y * length, (y + 1) * length));
  }
  return { ...pixels, data: out };
}

/**
 * The points of an 8-connected line, as `cv2.line` draws it: from left to right by Bresenham's rule.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const points = linePoints({ x: 2, y: 0 }, { x: 0, y: 1 });
 * assertEquals(points, [{ x: 0, y: 1 }, { x: 1, y: 1 }, { x: 2, y: 0 }]);
 * ```
 */
export function linePoints(from: Tap, to: Tap): Tap[] {
  const [start, end] = to.x < from.x ? [to, from] : [from, to];
  const dx = end.x - start.x, dy = Math.abs(end.y - start.y), stepY = end.y < start.y ? -1 : 1;
  const steep = dy > dx;
  const long = Math.max(dx, dy), short = Math.min(dx, dy);
  const points: Tap[] = [];
  let error = long - 2 * short, { x, y } = start;
  for (let i = 0; i <= long; i++) {
    points.push({ x, y });
    const both = error < 0;
    error += (both ? 2 * long : 0) - 2 * short;
    if (!steep || both) x++;
    if (steep || both) y += stepY;
  }
  return points;
}
