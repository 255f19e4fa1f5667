import type { DeepPixels } from "../../base/pixels.ts";

/** Largest sample. */
const WHITE = 65535;

function clipped(sample: number): number {
  return Math.round(Math.min(WHITE, Math.max(0, sample)));
}

/** A picture between another (factor 0) and itself (factor 1), or beyond. */
export function blendDeep(pixels: DeepPixels, factor: number, from: (place: number) => number): DeepPixels {
  const { data } = pixels, out = new Uint16Array(data.length);
  for (let i = 0; i < out.length; i++) {
    const other = from(i);
    out[i] = clipped(other + factor * (data[i]! - other));
  }
  return { ...pixels, data: out };
}

/** The gray of each pixel, unrounded: luma of three channels, the mean of any other number. */
export function grayDeep({ data, channels }: DeepPixels): Float64Array {
  const gray = new Float64Array(data.length / channels);
  for (let i = 0, p = 0; i < gray.length; i++, p += channels) {
    if (channels === 3) gray[i] = 0.299 * data[p]! + 0.587 * data[p + 1]! + 0.114 * data[p + 2]!;
    else {
      let sum = 0;
      for (let c = 0; c < channels; c++) sum += data[p + c]!;
      gray[i] = sum / channels;
    }
  }
  return gray;
}

/** Each pixel with its eight neighbours, itself five times; the border stays. Unrounded. */
export function smoothDeep({ data, height, width, channels }: DeepPixels): Float64Array {
  const out = Float64Array.from(data), stride = width * channels;
  for (let y = 1; y < height - 1; y++) {
    for (let p = y * stride + channels; p < (y + 1) * stride - channels; p++) {
      let sum = 4 * data[p]!;
      for (let row = p - stride; row <= p + stride; row += stride) {
        sum += data[row - channels]! + data[row]! + data[row + channels]!;
      }
      out[p] = sum / 13;
    }
  }
  return out;
}

/** Keeps the highest bits of each sample. */
export function posterizeDeep(pixels: DeepPixels, bits: number): DeepPixels {
  const mask = 65536 - 2 ** (16 - bits);
  return { ...pixels, data: pixels.data.map((sample) => sample & mask) };
}

/** Samples of each channel through a table of its own, made from how often each occurs. */
function throughTables(
  pixels: DeepPixels,
  makeTable: (counts: Uint32Array) => (sample: number) => number,
): DeepPixels {
  const { data, channels } = pixels, out = new Uint16Array(data.length);
  for (let c = 0; c < channels; c++) {
    const counts = new Uint32Array(WHITE + 1);
    for (let p = c; p < data.length; p += channels) counts[data[p]!]! += 1;
    const map = makeTable(counts);
    for (let p = c; p < data.length; p += channels) out[p] = map(data[p]!);
  }
  return { ...pixels, data: out };
}

/** Stretches each channel to black and white. */
export function autocontrastDeep(pixels: DeepPixels): DeepPixels {
  return throughTables(pixels, (counts) => {
    const low = counts.findIndex((count) => count > 0), high = counts.findLastIndex((count) => count > 0);
    return high > low ? (sample) => clipped((sample - low) * WHITE / (high - low)) : (sample) => sample;
  });
}

/** Spreads the samples of each channel evenly: each becomes the part of samples below it. */
export function equalizeDeep(pixels: DeepPixels): DeepPixels {
  return throughTables(pixels, (counts) => {
    const last = counts.findLast((count) => count > 0) ?? 0;
    const most = counts.reduce((sum, count) => sum + count, 0) - last;
    if (most === 0) return (sample) => sample;
    let below = 0;
    const table = Uint16Array.from(counts, (count) => {
      const made = clipped(WHITE * below / most);
      below += count;
      return made;
    });
    return (sample) => table[sample]!;
  });
}
