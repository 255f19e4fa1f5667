import type { DeepPixels, Shape } from "../../base/pixels.ts";
import { roundHalfEven } from "../rounding.ts";
import { type Axis, makeAxis } from "./axis.ts";

/** Half as high and wide: the means of 2 x 2 samples, halves up for 1, 3 and 4 channels, else to even, as OpenCV. */
function halve({ data, height, width, channels }: DeepPixels): Uint16Array {
  const up = channels === 1 || channels === 3 || channels === 4;
  const stride = width * channels, half = new Uint16Array((height >> 1) * (width >> 1) * channels);
  for (let y = 0, o = 0; y < height; y += 2) {
    for (let x = 0; x < width; x += 2) {
      for (let c = 0; c < channels; c++) {
        const p = y * stride + x * channels + c;
        const sum = data[p]! + data[p + channels]! + data[p + stride]! + data[p + stride + channels]!;
        half[o++] = up ? (sum + 2) >> 2 : roundHalfEven(sum / 4);
      }
    }
  }
  return half;
}

/** One row at its new width, in float32 as OpenCV: two products, rounded, then their sum. */
function resizeRow(row: Uint16Array, axis: Axis, channels: number): Float32Array<ArrayBuffer> {
  const out = new Float32Array(axis.low.length * channels);
  for (let x = 0, o = 0; x < axis.low.length; x++) {
    const a = axis.low[x]! * channels, b = axis.high[x]! * channels;
    const right = axis.fraction[x]!, left = Math.fround(1 - right);
    for (let c = 0; c < channels; c++) {
      out[o++] = Math.fround(row[a + c]! * left) + Math.fround(row[b + c]! * right);
    }
  }
  return out;
}

function blendRows(a: Float32Array, b: Float32Array, to: { fraction: number; out: Uint16Array }): void {
  const { fraction, out } = to, rest = Math.fround(1 - fraction);
  for (let i = 0; i < out.length; i++) {
    const sum = Math.fround(Math.fround(a[i]! * rest) + Math.fround(b[i]! * fraction));
    out[i] = Math.min(65535, roundHalfEven(sum));
  }
}

function resizeLinear(pixels: DeepPixels, { height, width }: Shape): Uint16Array {
  const { data, channels } = pixels;
  const across = makeAxis(pixels.width, width, false), down = makeAxis(pixels.height, height, true);
  const length = width * channels, stride = pixels.width * channels;
  const result = new Uint16Array(height * length);
  // The rows at their new width that the even and the odd place hold.
  const held = [-1, -1], rows = [new Float32Array(0), new Float32Array(0)];
  const hold = (y: number): Float32Array<ArrayBuffer> => {
    const place = y & 1;
    if (held[place] !== y) {
      rows[place] = resizeRow(data.subarray(y * stride, (y + 1) * stride), across, channels);
      held[place] = y;
    }
    return rows[place]!;
  };
  for (let y = 0; y < height; y++) {
    const out = result.subarray(y * length, (y + 1) * length);
    blendRows(hold(down.low[y]!), hold(down.high[y]!), { fraction: down.fraction[y]!, out });
  }
  return result;
}

/**
 * A 16-bit picture of another size, sample for sample OpenCV 4.6's `cv2.resize(..., interpolation=INTER_LINEAR)` on
 * uint16.
 */
export function resizeDeep(pixels: DeepPixels, { height, width }: Shape): DeepPixels {
  const half = pixels.height === 2 * height && pixels.width === 2 * width;
  const data = half ? halve(pixels) : resizeLinear(pixels, { height, width });
  return { data, height, width, channels: pixels.channels };
}
