import type { DeepPixels } from "../../base/pixels.ts";
import { roundHalfEven } from "../rounding.ts";
import { reflectedOffsets } from "../warp/border.ts";

/** A place relative to the pixel that is computed. */
interface Tap {
  readonly x: number;
  readonly y: number;
}

/** What an output sample is of the samples under the taps. */
type Mean = (data: Uint16Array, places: Int32Array, channel: number) => number;

function filter(pixels: DeepPixels, taps: readonly Tap[], mean: Mean): DeepPixels {
  const { data, height, width, channels } = pixels;
  const reach = taps.reduce((most, { x, y }) => Math.max(most, Math.abs(x), Math.abs(y)), 0);
  const border = { before: reach, after: reach };
  const columns = reflectedOffsets(width, { ...border, stride: channels });
  const rows = reflectedOffsets(height, { ...border, stride: width * channels });
  const out = new Uint16Array(data.length), places = new Int32Array(taps.length);
  for (let y = 0, o = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (const [tap, move] of taps.entries()) {
        places[tap] = rows[y + reach + move.y]! + columns[x + reach + move.x]!;
      }
      for (let c = 0; c < channels; c++) out[o++] = mean(data, places, c);
    }
  }
  return { ...pixels, data: out };
}

/** The mean of `size` x `size` neighbours, as `cv2.blur` on uint16. */
export function boxBlurDeep(pixels: DeepPixels, size: number): DeepPixels {
  const radius = size >> 1;
  const taps = Array.from({ length: size * size }, (_, i) => ({
    x: i % size - radius,
    y: Math.floor(i / size) - radius,
  }));
  return filter(pixels, taps, (data, places, channel) => {
    let sum = 0;
    for (let tap = 0; tap < places.length; tap++) sum += data[places[tap]! + channel]!;
    return roundHalfEven(sum / places.length);
  });
}

/** The mean of the samples under a few taps, as `cv2.filter2D` on uint16: float32 products added in order, fused. */
export function meanOfTapsDeep(pixels: DeepPixels, taps: readonly Tap[]): DeepPixels {
  const ordered = [...taps].sort((a, b) => a.y - b.y || a.x - b.x);
  const weight = Math.fround(1 / taps.length);
  return filter(pixels, ordered, (data, places, channel) => {
    let sum = 0;
    for (let tap = 0; tap < places.length; tap++) {
      sum = Math.fround(data[places[tap]! + channel]! * weight + sum);
    }
    return Math.min(65535, roundHalfEven(sum));
  });
}
