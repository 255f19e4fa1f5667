import type { Affine, Pixels } from "../plugin/contracts.ts";
import { reflect101 } from "./border.ts";
import { roundHalfEven } from "./resize.ts";

/** Steps of OpenCV's fixed-point coordinates in one pixel. */
export const STEPS = 32;

/** Where each pixel of one output row comes from, in 1/32 pixels. */
export interface RowSource {
  readonly x: Int32Array;
  readonly y: Int32Array;
}

/** One output row: bilinear in 10-bit fixed point, mirrored borders. Writes `x.length` pixels at `start`. */
export function sampleRow(pixels: Pixels, source: RowSource, to: { out: Uint8Array; start: number }): void {
  const { data, height, width, channels } = pixels;
  const { out } = to;
  const length = source.x.length;
  for (let i = 0, o = to.start; i < length; i++) {
    const fixedX = source.x[i]!, fixedY = source.y[i]!;
    const x = fixedX >> 5, y = fixedY >> 5;
    const fx = fixedX & 31, fy = fixedY & 31;
    let a = (y * width + x) * channels, b = a + channels, c = a + width * channels, d = c + channels;
    if (x < 0 || y < 0 || x >= width - 1 || y >= height - 1) {
      const left = reflect101(x, width) * channels, right = reflect101(x + 1, width) * channels;
      const top = reflect101(y, height) * width * channels,
        bottom = reflect101(y + 1, height) * width * channels;
      [a, b, c, d] = [top + left, top + right, bottom + left, bottom + right];
    }
    const wa = (32 - fx) * (32 - fy), wb = fx * (32 - fy), wc = (32 - fx) * fy, wd = fx * fy;
    for (let channel = 0; channel < channels; channel++) {
      out[o++] = (data[a++]! * wa + data[b++]! * wb + data[c++]! * wc + data[d++]! * wd + 512) >> 10;
    }
  }
}

/** A row or column of float32 coordinates in 1/32 pixels, rounded half to even as OpenCV does. */
function toFixed(coordinates: Float32Array): Int32Array {
  const fixed = new Int32Array(coordinates.length);
  for (let i = 0; i < fixed.length; i++) fixed[i] = roundHalfEven(coordinates[i]! * STEPS);
  return fixed;
}

/**
 * As `remap` with coordinates in 1/32 pixels, already rounded.
 *
 * @param maps int32 of `[height, width]` each
 */
export function remapFixed(pixels: Pixels, maps: { readonly x: Int32Array; readonly y: Int32Array }): Pixels {
  const { height, width, channels } = pixels;
  const out = new Uint8Array(pixels.data.length);
  for (let row = 0; row < height; row++) {
    const from = row * width, to = from + width;
    const source = { x: maps.x.subarray(from, to), y: maps.y.subarray(from, to) };
    sampleRow(pixels, source, { out, start: from * channels });
  }
  return { ...pixels, data: out };
}

/**
 * Moves pixels by a map of coordinates, byte for byte `cv2.remap(..., INTER_LINEAR, borderMode=BORDER_REFLECT_101)`:
 * output pixel (row, column) is the picture at (`mapY`, `mapX`) of that place.
 *
 * @param maps float32 of `[height, width]` each, as large as the picture
 */
export function remap(pixels: Pixels, maps: { readonly x: Float32Array; readonly y: Float32Array }): Pixels {
  const { height, width, channels } = pixels;
  const out = new Uint8Array(pixels.data.length);
  for (let row = 0; row < height; row++) {
    const from = row * width, to = from + width;
    const source = { x: toFixed(maps.x.subarray(from, to)), y: toFixed(maps.y.subarray(from, to)) };
    sampleRow(pixels, source, { out, start: from * channels });
  }
  return { ...pixels, data: out };
}

/** As `remap` with a map that is a product: column x comes from `x[column]`, row y from `y[row]`. */
export function remapSeparable(
  pixels: Pixels,
  maps: { readonly x: Float32Array; readonly y: Float32Array },
): Pixels {
  const { height, width, channels } = pixels;
  const out = new Uint8Array(pixels.data.length);
  const x = toFixed(maps.x), rows = toFixed(maps.y);
  const y = new Int32Array(width);
  for (let row = 0; row < height; row++) {
    y.fill(rows[row]!);
    sampleRow(pixels, { x, y }, { out, start: row * width * channels });
  }
  return { ...pixels, data: out };
}

/** The inverse map, by the operations of OpenCV's warpAffine in their order; a singular matrix gives zeros. */
export function invertAffine(matrix: Affine): Affine {
  const determinant = matrix[0] * matrix[4] - matrix[1] * matrix[3];
  const d = determinant === 0 ? 0 : 1 / determinant;
  const a = matrix[4] * d, e = matrix[0] * d;
  const b = matrix[1] * -d, c = matrix[3] * -d;
  return [a, b, -a * matrix[2] - b * matrix[5], c, e, -c * matrix[2] - e * matrix[5]];
}

/**
 * The matrix that turns by `angle` degrees counter-clockwise about a point and scales, as `cv2.getRotationMatrix2D`.
 *
 * @param about the point (x, y)
 */
export function rotationMatrix(
  about: readonly [number, number],
  options: { readonly angle: number; readonly scale: number },
): Affine {
  const radians = options.angle * (Math.PI / 180);
  const cosine = Math.cos(radians) * options.scale, sine = Math.sin(radians) * options.scale;
  const [x, y] = about;
  return [cosine, sine, (1 - cosine) * x - sine * y, -sine, cosine, sine * x + (1 - cosine) * y];
}

/**
 * Moves pixels by an affine matrix (source to target), byte for byte
 * `cv2.warpAffine(..., flags=INTER_LINEAR, borderMode=BORDER_REFLECT_101)` of OpenCV 4.6, to the same size.
 */
export function warpAffine(pixels: Pixels, matrix: Affine): Pixels {
  const { height, width, channels } = pixels;
  const inverse = invertAffine(matrix);
  const stepX = Int32Array.from({ length: width }, (_, column) => roundHalfEven(inverse[0] * column * 1024));
  const stepY = Int32Array.from({ length: width }, (_, column) => roundHalfEven(inverse[3] * column * 1024));
  const out = new Uint8Array(pixels.data.length);
  const x = new Int32Array(width), y = new Int32Array(width);
  for (let row = 0; row < height; row++) {
    const startX = roundHalfEven((inverse[1] * row + inverse[2]) * 1024) + 16;
    const startY = roundHalfEven((inverse[4] * row + inverse[5]) * 1024) + 16;
    for (let column = 0; column < width; column++) {
      x[column] = (startX + stepX[column]!) >> 5;
      y[column] = (startY + stepY[column]!) >> 5;
    }
    sampleRow(pixels, { x, y }, { out, start: row * width * channels });
  }
  return { ...pixels, data: out };
}
