import type { DeepPixels, Shape } from "../../base/pixels.ts";
import { roundHalfEven } from "../rounding.ts";
import { reflect101 } from "../warp/border.ts";

/** Where each pixel of one output row comes from, in 1/32 pixels. */
interface RowSource {
  readonly x: Int32Array;
  readonly y: Int32Array;
}

/** Starts of the four samples around a place, mirrored at the borders. */
function corners({ height, width, channels }: DeepPixels, column: number, row: number): number[] {
  const left = reflect101(column, width) * channels, right = reflect101(column + 1, width) * channels;
  const upper = reflect101(row, height) * width * channels;
  const lower = reflect101(row + 1, height) * width * channels;
  return [upper + left, upper + right, lower + left, lower + right];
}

/** One output row: four float32 products, added from left to right, as OpenCV. */
function sampleRow(pixels: DeepPixels, { x, y }: RowSource, out: Uint16Array): void {
  const { data, channels } = pixels, { fround } = Math;
  for (let i = 0, o = 0; i < x.length; i++) {
    const [a, b, c, d] = corners(pixels, x[i]! >> 5, y[i]! >> 5) as [number, number, number, number];
    const fx = (x[i]! & 31) / 32, fy = (y[i]! & 31) / 32;
    const wa = (1 - fx) * (1 - fy), wb = fx * (1 - fy), wc = (1 - fx) * fy, wd = fx * fy;
    for (let k = 0; k < channels; k++) {
      const upper = fround(fround(data[a + k]! * wa) + fround(data[b + k]! * wb));
      const sum = fround(fround(upper + fround(data[c + k]! * wc)) + fround(data[d + k]! * wd));
      out[o++] = Math.min(65535, roundHalfEven(sum));
    }
  }
}

/**
 * Moves the pixels of a 16-bit picture: bilinear in float32 with weights of 1/1024, mirrored borders, as `cv2.remap` does
 * on uint16 once its map is rounded.
 *
 * @param shape of the result
 * @param fill writes where the pixels of an output row come from; what it finds there is the row before
 */
export function sampleDeepRows(
  pixels: DeepPixels,
  shape: Shape,
  fill: (row: number, source: RowSource) => void,
): DeepPixels {
  const { height, width } = shape, { channels } = pixels;
  const source = { x: new Int32Array(width), y: new Int32Array(width) };
  const length = width * channels, data = new Uint16Array(height * length);
  for (let row = 0; row < height; row++) {
    fill(row, source);
    sampleRow(pixels, source, data.subarray(row * length, (row + 1) * length));
  }
  return { data, height, width, channels };
}
