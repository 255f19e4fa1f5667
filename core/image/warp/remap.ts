import type { Affine } from "./coordinate_map.ts";
import type { AnyPixels } from "../../base/pixels.ts";
import { roundHalfEven } from "../rounding.ts";
import { sampleRows, STEPS } from "./sample.ts";

/** Rounds float32 coordinates to 1/32 pixels, half to even as OpenCV does. */
function roundTo(fixed: Int32Array, coordinates: Float32Array): void {
  for (let i = 0; i < fixed.length; i++) fixed[i] = roundHalfEven(coordinates[i]! * STEPS);
}

/**
 * As `remap` with coordinates in 1/32 pixels, already rounded.
 *
 * @param maps int32 of `[height, width]` each
 */
export function remapFixed<Picture extends AnyPixels>(
  pixels: Picture,
  maps: { readonly x: Int32Array; readonly y: Int32Array },
): Picture {
  const { width } = pixels;
  return sampleRows(pixels, pixels, (row, source) => {
    source.x.set(maps.x.subarray(row * width, (row + 1) * width));
    source.y.set(maps.y.subarray(row * width, (row + 1) * width));
  });
}

/**
 * Moves pixels by a map of coordinates, byte for byte `cv2.remap(..., INTER_LINEAR, borderMode=BORDER_REFLECT_101)`:
 * output pixel (row, column) is the picture at (`mapY`, `mapX`) of that place.
 *
 * @param maps float32 of `[height, width]` each, as large as the picture
 */
export function remap<Picture extends AnyPixels>(
  pixels: Picture,
  maps: { readonly x: Float32Array; readonly y: Float32Array },
): Picture {
  const { width } = pixels;
  return sampleRows(pixels, pixels, (row, source) => {
    roundTo(source.x, maps.x.subarray(row * width, (row + 1) * width));
    roundTo(source.y, maps.y.subarray(row * width, (row + 1) * width));
  });
}

/** As `remap` with a separable map: column x comes from `x[column]`, row y from `y[row]`. */
export function remapSeparable<Picture extends AnyPixels>(
  pixels: Picture,
  maps: { readonly x: Float32Array; readonly y: Float32Array },
): Picture {
  const rows = new Int32Array(pixels.height);
  roundTo(rows, maps.y);
  return sampleRows(pixels, pixels, (row, source) => {
    if (row === 0) roundTo(source.x, maps.x);
    source.y.fill(rows[row]!);
  });
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
export function warpAffine<Picture extends AnyPixels>(pixels: Picture, matrix: Affine): Picture {
  const { width } = pixels;
  const inverse = invertAffine(matrix);
  const stepX = Int32Array.from({ length: width }, (_, column) => roundHalfEven(inverse[0] * column * 1024));
  const stepY = Int32Array.from({ length: width }, (_, column) => roundHalfEven(inverse[3] * column * 1024));
  return sampleRows(pixels, pixels, (row, { x, y }) => {
    const startX = roundHalfEven((inverse[1] * row + inverse[2]) * 1024) + 16;
    const startY = roundHalfEven((inverse[4] * row + inverse[5]) * 1024) + 16;
    for (let column = 0; column < width; column++) {
      x[column] = (startX + stepX[column]!) >> 5;
      y[column] = (startY + stepY[column]!) >> 5;
    }
  });
}
