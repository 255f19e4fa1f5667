import type { Pixels } from "../plugin/contracts.ts";
import { reflectedOffsets } from "./border.ts";
import { roundHalfEven } from "./resize.ts";

/** Sums of `size` neighbours along each row, for rows of interleaved channels. */
function sumRow(
  pixels: Pixels,
  rowStart: number,
  to: { offsets: Int32Array; size: number; sums: Int32Array },
): void {
  const { data, width, channels } = pixels;
  const { offsets, size, sums } = to;
  for (let c = 0; c < channels; c++) {
    const start = rowStart + c;
    let sum = 0;
    for (let i = 0; i < size; i++) sum += data[start + offsets[i]!]!;
    sums[c] = sum;
    for (let x = 1, o = channels + c; x < width; x++, o += channels) {
      sum += data[start + offsets[x + size - 1]!]! - data[start + offsets[x - 1]!]!;
      sums[o] = sum;
    }
  }
}

/**
 * The mean of `size` x `size` neighbours, byte for byte `cv2.blur(..., (size, size))`: mirrored borders, rounded to the
 * nearest.
 *
 * @param size odd
 */
export function boxBlur(pixels: Pixels, size: number): Pixels {
  const { height, width, channels } = pixels;
  const radius = size >> 1, length = width * channels, area = size * size, half = area >> 1;
  const edges = { before: radius, after: size - 1 - radius };
  const offsets = reflectedOffsets(width, { ...edges, stride: channels });
  const rows = reflectedOffsets(height, { ...edges, stride: length });
  const ring = Array.from({ length: size }, () => new Int32Array(length));
  const totals = new Int32Array(length);
  const out = new Uint8Array(pixels.data.length);
  for (let i = 0; i < rows.length; i++) {
    const sums = ring[i % size]!;
    for (let x = 0; x < length; x++) totals[x]! -= sums[x]!;
    sumRow(pixels, rows[i]!, { offsets, size, sums });
    for (let x = 0; x < length; x++) totals[x]! += sums[x]!;
    if (i < size - 1) continue;
    const start = (i - size + 1) * length;
    for (let x = 0; x < length; x++) out[start + x] = ((totals[x]! + half) / area) | 0;
  }
  return { ...pixels, data: out };
}

/** One tap of a kernel, relative to its centre. */
export interface Tap {
  readonly x: number;
  readonly y: number;
}

/** Adds one row of samples, times a weight, to the sums of an output row. */
function addTap(
  pixels: Pixels,
  rowStart: number,
  to: { offsets: Int32Array; first: number; weight: number; sums: Int32Array | Float32Array },
): void {
  const { data, width, channels } = pixels;
  const { offsets, first, weight, sums } = to;
  for (let x = 0, o = 0; x < width; x++) {
    const p = rowStart + offsets[first + x]!;
    for (let c = 0; c < channels; c++, o++) sums[o] = data[p + c]! * weight + sums[o]!;
  }
}

/** How sums become bytes. */
interface Rounding {
  readonly sums: Int32Array | Float32Array;
  readonly weight: number;
  round(sum: number): number;
}

/**
 * OpenCV adds float32 products (fused, on processors with FMA) and rounds halves to even. Whole sums give the same unless
 * the count is even and no power of two: then a half may be missed, and only the same sums give the same bytes.
 */
function roundingFor(count: number, length: number): Rounding {
  if (count % 2 === 0 && (count & (count - 1)) !== 0) {
    return { sums: new Float32Array(length), weight: Math.fround(1 / count), round: roundHalfEven };
  }
  const rounded = Uint8Array.from({ length: 255 * count + 1 }, (_, sum) => roundHalfEven(sum / count));
  return { sums: new Int32Array(length), weight: 1, round: (sum) => rounded[sum]! };
}

/**
 * The mean of the pixels under a few taps, byte for byte `cv2.filter2D(..., -1, kernel / count)` for a kernel of ones at
 * those taps: correlation, mirrored borders, rounded half to even.
 *
 * @param taps positions within `radius` of the centre, at least one
 */
export function meanOfTaps(pixels: Pixels, taps: readonly Tap[], radius: number): Pixels {
  const { height, width, channels } = pixels;
  const length = width * channels;
  const offsets = reflectedOffsets(width, { before: radius, after: radius, stride: channels });
  const rows = reflectedOffsets(height, { before: radius, after: radius, stride: length });
  const ordered = [...taps].sort((a, b) => a.y - b.y || a.x - b.x);
  const { sums, weight, round } = roundingFor(taps.length, length);
  const out = new Uint8Array(pixels.data.length);
  for (let y = 0; y < height; y++) {
    sums.fill(0);
    for (const tap of ordered) {
      addTap(pixels, rows[y + radius + tap.y]!, { offsets, first: radius + tap.x, weight, sums });
    }
    for (let x = 0, o = y * length; x < length; x++) out[o++] = round(sums[x]!);
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
