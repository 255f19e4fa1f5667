import { type AnyPixels, isDeep, type Pixels } from "../base/pixels.ts";
import { type Axis, makeAxis } from "./deep/axis.ts";
import { resizeDeep } from "./deep/resize.ts";
import { withPixelKernels } from "./pixel_kernels.ts";
import { roundHalfEven } from "./rounding.ts";

/** The weight of the lower sample, of 2048. */
function lowWeight(fraction: number): number {
  return roundHalfEven(Math.fround(Math.fround(1 - fraction) * 2048));
}

/** The weight of the higher sample, of 2048. */
function highWeight(fraction: number): number {
  return roundHalfEven(Math.fround(fraction * 2048));
}

/** An axis as the kernel reads it: offsets of both samples in bytes, both weights in one number. */
function packAxis({ low, high, fraction }: Axis, channels: number): Int32Array {
  const packed = new Int32Array(3 * low.length);
  for (let i = 0; i < low.length; i++) {
    packed[3 * i] = low[i]! * channels;
    packed[3 * i + 1] = high[i]! * channels;
    packed[3 * i + 2] = lowWeight(fraction[i]!) | highWeight(fraction[i]!) << 16;
  }
  return packed;
}

function halve({ data, height, width, channels }: Pixels): Uint8Array {
  // OpenCV adds and shifts for 1, 3 and 4 channels; other counts go through a float product rounded half to even.
  const toEven = channels === 1 || channels === 3 || channels === 4 ? 0 : 1;
  const twoRows = 2 * width * channels, length = twoRows / 4;
  return withPixelKernels(twoRows + length, (kernels, bytes) => {
    const half = new Uint8Array((height / 2) * length), row = bytes.subarray(twoRows, twoRows + length);
    for (let y = 0; y < height / 2; y++) {
      bytes.set(data.subarray(y * twoRows, (y + 1) * twoRows));
      kernels.halveRows(0, width, channels, toEven, twoRows);
      half.set(row, y * length);
    }
    return half;
  });
}

/** Addresses of what a resize needs in the kernels' memory. */
function layOut(pixels: Pixels, length: number) {
  const rowBytes = 4 * length + 16;
  const axis = 2 * rowBytes, out = axis + 12 * (length / pixels.channels);
  const source = out + length + 16;
  return { rows: [0, rowBytes] as const, axis, out, source, size: source + pixels.width * pixels.channels };
}

function resizeLinear(pixels: Pixels, height: number, width: number): Uint8Array {
  const { data, channels } = pixels;
  const horizontal = packAxis(makeAxis(pixels.width, width, false), channels);
  const vertical = makeAxis(pixels.height, height, true);
  const length = width * channels, stride = pixels.width * channels;
  const at = layOut(pixels, length);
  return withPixelKernels(at.size, (kernels, bytes) => {
    new Int32Array(bytes.buffer, at.axis).set(horizontal);
    const result = new Uint8Array(height * length), row = bytes.subarray(at.out, at.out + length);
    // The source rows whose horizontally resized form is in the even and in the odd row buffer.
    const held = [-1, -1];
    const hold = (y: number) => {
      if (held[y & 1] !== y) {
        bytes.set(data.subarray(y * stride, (y + 1) * stride), at.source);
        kernels.resizeRow(at.source, channels, at.axis, width, at.rows[y & 1]!);
        held[y & 1] = y;
      }
      return at.rows[y & 1]!;
    };
    for (let y = 0; y < height; y++) {
      const a = hold(vertical.low[y]!), b = hold(vertical.high[y]!);
      const fraction = vertical.fraction[y]!;
      kernels.blendRows(a, lowWeight(fraction), b, highWeight(fraction), length, at.out);
      result.set(row, y * length);
    }
    return result;
  });
}

/**
 * A picture of another size, byte for byte OpenCV 4.6's `cv2.resize(..., interpolation=INTER_LINEAR)`: bilinear in 11-bit
 * fixed point (16-bit pictures: float32), no antialiasing, halving by the mean of 2 x 2. Every channel is treated alike.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const pixels = { data: Uint8Array.of(0, 100), height: 1, width: 2, channels: 1 };
 * assertEquals([...resize(pixels, 1, 4).data], [0, 25, 75, 100]);
 * ```
 */
export function resize<Picture extends AnyPixels>(pixels: Picture, height: number, width: number): Picture;
export function resize(pixels: AnyPixels, height: number, width: number): AnyPixels {
  if (height === pixels.height && width === pixels.width) return pixels;
  if (isDeep(pixels)) return resizeDeep(pixels, { height, width });
  const half = pixels.height === 2 * height && pixels.width === 2 * width;
  const data = half ? halve(pixels) : resizeLinear(pixels, height, width);
  return { data, height, width, channels: pixels.channels };
}
