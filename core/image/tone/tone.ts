import { type AnyPixels, isDeep, type Pixels } from "../../base/pixels.ts";
import {
  autocontrastDeep,
  blendDeep,
  equalizeDeep,
  grayDeep,
  posterizeDeep,
  smoothDeep,
} from "../deep/tone.ts";
import { applyCurve, applyTable } from "./lut.ts";
import { histograms } from "../normalize.ts";

/** A picture with each channel looked up in its own table; the tables come from each channel's 256 counts. */
function applyChannelTables(pixels: Pixels, makeTable: (counts: Uint32Array) => Uint8Array): Pixels {
  const { data, channels } = pixels;
  const counts = histograms(pixels);
  const out = new Uint8Array(data.length);
  for (let c = 0; c < channels; c++) {
    const table = makeTable(counts.subarray(c * 256, (c + 1) * 256));
    for (let p = c; p < data.length; p += channels) out[p] = table[data[p]!]!;
  }
  return { ...pixels, data: out };
}

const IDENTITY = Uint8Array.from({ length: 256 }, (_, level) => level);

/** The table that spreads the levels evenly, as Pillow's `ImageOps.equalize`. */
function equalizeTable(counts: Uint32Array): Uint8Array {
  const used = counts.filter((count) => count > 0);
  const total = used.reduce((sum, count) => sum + count, 0);
  const step = Math.floor((total - (used.at(-1) ?? 0)) / 255);
  if (used.length <= 1 || step === 0) return IDENTITY;
  let sum = Math.floor(step / 2);
  return Uint8Array.from(counts, (count) => {
    const level = Math.min(255, Math.floor(sum / step));
    sum += count;
    return level;
  });
}

/** The table that stretches the levels to 0 and 255, as Pillow's `ImageOps.autocontrast`. */
function autocontrastTable(counts: Uint32Array): Uint8Array {
  const low = counts.findIndex((count) => count > 0), high = counts.findLastIndex((count) => count > 0);
  if (high <= low) return IDENTITY;
  const scale = 255 / (high - low), offset = -low * scale;
  return Uint8Array.from({ length: 256 }, (_, level) => {
    return Math.min(255, Math.max(0, Math.trunc(level * scale + offset)));
  });
}

/** The table that keeps the highest bits, as Pillow's `ImageOps.posterize`. */
export function posterizeTable(bits: number): Uint8Array {
  const mask = 256 - 2 ** (8 - bits);
  return Uint8Array.from({ length: 256 }, (_, level) => level & mask);
}

/** The table that inverts levels from a threshold on, as Pillow's `ImageOps.solarize`. */
function solarizeTable(threshold: number): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, level) => (level < threshold ? level : 255 - level));
}

/** `from` plus `factor` times the difference to `to`, clipped and truncated as Pillow's `Image.blend`. */
function blendLevel(from: number, to: number, factor: number): number {
  return Math.trunc(Math.min(255, Math.max(0, Math.fround(from + Math.fround(factor * (to - from))))));
}

/**
 * A picture between another (factor 0) and itself (factor 1), or beyond, as Pillow's `Image.blend`.
 *
 * @param from as large as the picture
 */
export function blend(from: Uint8Array, pixels: Pixels, factor: number): Pixels {
  const alpha = Math.fround(factor);
  return { ...pixels, data: pixels.data.map((value, i) => blendLevel(from[i]!, value, alpha)) };
}

/** Brighter (factor above 1) or darker: a blend with black. */
export function adjustBrightness<Picture extends AnyPixels>(pixels: Picture, factor: number): Picture;
export function adjustBrightness(pixels: AnyPixels, factor: number): AnyPixels {
  if (isDeep(pixels)) return blendDeep(pixels, factor, () => 0);
  const alpha = Math.fround(factor);
  return applyTable(pixels, IDENTITY.map((level) => blendLevel(0, level, alpha)));
}

/** The gray of each pixel: Pillow's luma of three channels, the mean of any other number. */
function grayOf({ data, channels }: Pixels): Uint8Array {
  const gray = new Uint8Array(data.length / channels);
  for (let i = 0, p = 0; i < gray.length; i++, p += channels) {
    if (channels === 3) {
      gray[i] = (data[p]! * 19595 + data[p + 1]! * 38470 + data[p + 2]! * 7471 + 0x8000) >> 16;
    } else {
      let sum = 0;
      for (let c = 0; c < channels; c++) sum += data[p + c]!;
      gray[i] = Math.round(sum / channels);
    }
  }
  return gray;
}

/** More (factor above 1) or less contrast: a blend with the mean gray. */
export function adjustContrast<Picture extends AnyPixels>(pixels: Picture, factor: number): Picture;
export function adjustContrast(pixels: AnyPixels, factor: number): AnyPixels {
  if (isDeep(pixels)) {
    const gray = grayDeep(pixels), mean = gray.reduce((sum, value) => sum + value, 0) / gray.length;
    return blendDeep(pixels, factor, () => mean);
  }
  const gray = grayOf(pixels);
  const mean = Math.trunc(gray.reduce((sum, value) => sum + value, 0) / gray.length + 0.5);
  const alpha = Math.fround(factor);
  return applyTable(pixels, IDENTITY.map((level) => blendLevel(mean, level, alpha)));
}

/** More (factor above 1) or less colour: a blend with the gray of each pixel. */
export function adjustColour<Picture extends AnyPixels>(pixels: Picture, factor: number): Picture;
export function adjustColour(pixels: AnyPixels, factor: number): AnyPixels {
  if (isDeep(pixels)) {
    const gray = grayDeep(pixels), { channels } = pixels;
    return blendDeep(pixels, factor, (place) => gray[Math.floor(place / channels)]!);
  }
  const gray = grayOf(pixels);
  const repeated = new Uint8Array(pixels.data.length);
  for (let p = 0; p < repeated.length; p++) repeated[p] = gray[Math.floor(p / pixels.channels)]!;
  return blend(repeated, pixels, factor);
}

/** Each pixel with its eight neighbours, itself five times, as Pillow's SMOOTH filter; the border stays. */
function smooth({ data, height, width, channels }: Pixels): Uint8Array {
  const out = data.slice();
  const stride = width * channels;
  for (let y = 1; y < height - 1; y++) {
    for (let p = y * stride + channels; p < (y + 1) * stride - channels; p++) {
      let sum = 4 * data[p]!;
      for (let row = p - stride; row <= p + stride; row += stride) {
        sum += data[row - channels]! + data[row]! + data[row + channels]!;
      }
      out[p] = Math.trunc(sum / 13 + 0.5);
    }
  }
  return out;
}

/** Sharper (factor above 1) or softer: a blend with the smoothed picture, as Pillow's `ImageEnhance.Sharpness`. */
export function adjustSharpness<Picture extends AnyPixels>(pixels: Picture, factor: number): Picture;
export function adjustSharpness(pixels: AnyPixels, factor: number): AnyPixels {
  if (isDeep(pixels)) {
    const smoothed = smoothDeep(pixels);
    return blendDeep(pixels, factor, (place) => smoothed[place]!);
  }
  return blend(smooth(pixels), pixels, factor);
}

/** Each channel spread evenly over the levels, as Pillow's `ImageOps.equalize`. */
export function equalize<Picture extends AnyPixels>(pixels: Picture): Picture;
export function equalize(pixels: AnyPixels): AnyPixels {
  return isDeep(pixels) ? equalizeDeep(pixels) : applyChannelTables(pixels, equalizeTable);
}

/** Each channel stretched to 0 and 255, as Pillow's `ImageOps.autocontrast`. */
export function autocontrast<Picture extends AnyPixels>(pixels: Picture): Picture;
export function autocontrast(pixels: AnyPixels): AnyPixels {
  return isDeep(pixels) ? autocontrastDeep(pixels) : applyChannelTables(pixels, autocontrastTable);
}

/** The highest bits of each value, as Pillow's `ImageOps.posterize`. */
export function posterize<Picture extends AnyPixels>(pixels: Picture, bits: number): Picture;
export function posterize(pixels: AnyPixels, bits: number): AnyPixels {
  return isDeep(pixels) ? posterizeDeep(pixels, bits) : applyTable(pixels, posterizeTable(bits));
}

/** Levels from a threshold on inverted, as Pillow's `ImageOps.solarize`. */
export function solarize<Picture extends AnyPixels>(pixels: Picture, threshold: number): Picture;
export function solarize(pixels: AnyPixels, threshold: number): AnyPixels {
  if (!isDeep(pixels)) return applyTable(pixels, solarizeTable(threshold));
  return applyCurve(pixels, (level) => (level < threshold ? level : 255 - level));
}
