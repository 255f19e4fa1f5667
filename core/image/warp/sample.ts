import { type AnyPixels, isDeep, type Shape } from "../../base/pixels.ts";
import { sampleDeepRows } from "../deep/sample.ts";
import { withPixelKernels } from "../pixel_kernels.ts";

/** Steps of OpenCV's fixed-point coordinates in one pixel. */
export const STEPS = 32;

/** Where each pixel of one output row comes from, in 1/32 pixels. */
export interface RowSource {
  readonly x: Int32Array;
  readonly y: Int32Array;
}

/**
 * Moves pixels: bilinear in 10-bit fixed point (16-bit pictures: float32), mirrored borders, as `cv2.remap` does once its
 * map is rounded.
 *
 * @param shape of the result
 * @param fill writes where the pixels of an output row come from; what it finds there is the row before
 */
export function sampleRows<Picture extends AnyPixels>(
  pixels: Picture,
  shape: Shape,
  fill: (row: number, source: RowSource) => void,
): Picture;
export function sampleRows(
  pixels: AnyPixels,
  shape: Shape,
  fill: (row: number, source: RowSource) => void,
): AnyPixels {
  if (isDeep(pixels)) return sampleDeepRows(pixels, shape, fill);
  const { data, height, width, channels } = pixels;
  const x = 0, y = 4 * shape.width, out = 8 * shape.width;
  const length = shape.width * channels;
  const picture = (out + length + 15) & ~7;
  return withPixelKernels(picture + data.length, (kernels, bytes) => {
    bytes.set(data, picture);
    const source = {
      x: new Int32Array(bytes.buffer, x, shape.width),
      y: new Int32Array(bytes.buffer, y, shape.width),
    };
    const result = new Uint8Array(shape.height * length), row = bytes.subarray(out, out + length);
    for (let r = 0; r < shape.height; r++) {
      fill(r, source);
      kernels.sampleRow(picture, height, width, channels, x, y, shape.width, out);
      result.set(row, r * length);
    }
    return { data: result, height: shape.height, width: shape.width, channels };
  });
}
