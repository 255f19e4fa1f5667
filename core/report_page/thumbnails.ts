import type { Example } from "../base/example.ts";
import type { Pixels } from "../base/pixels.ts";
import { isDataProblem } from "../base/problem.ts";
import type { HeatMap } from "../explain/heat_map.ts";
import type { Experiment } from "../experiment/experiment.ts";
import { readExamplePixels } from "../image/decode.ts";
import { encodeJpeg } from "../image/encode.ts";
import { resize } from "../image/resize.ts";
import { toRgb } from "../image/rgb.ts";

/** Longer side of a thumbnail in pixels. */
const SIDE = 144, QUALITY = 78;

/** Finds out where a model looked for a class of an image; null where it cannot be told. */
export type HeatMapOf = (example: Example, label: number) => Promise<HeatMap | null>;

/** Small pictures as data URIs. */
export interface Thumbnail {
  readonly picture: string;
  /** The picture with its heat map laid over; null without one. */
  readonly heat: string | null;
}

function shrink(pixels: Pixels): Pixels {
  const scale = Math.min(1, SIDE / Math.max(pixels.height, pixels.width));
  const side = (length: number) => Math.max(1, Math.round(length * scale));
  return toRgb(resize(pixels, side(pixels.height), side(pixels.width)));
}

async function jpegAddress(pixels: Pixels): Promise<string> {
  return `data:image/jpeg;base64,${(await encodeJpeg(pixels, { quality: QUALITY })).toBase64()}`;
}

/** The value of a map at a place given in shares of its sides, between its four neighbours. */
function heatAt({ rows, cols, values }: HeatMap, down: number, right: number): number {
  const y = Math.min(rows - 1, Math.max(0, down * rows - 0.5));
  const x = Math.min(cols - 1, Math.max(0, right * cols - 0.5));
  const [top, left] = [Math.floor(y), Math.floor(x)];
  const [below, beside] = [Math.min(rows - 1, top + 1), Math.min(cols - 1, left + 1)];
  const between = (row: number) =>
    values[row * cols + left]! * (left + 1 - x) + values[row * cols + beside]! * (x - left);
  return between(top) * (top + 1 - y) + between(below) * (y - top);
}

/** A gray picture that glows where the map is high. */
function withHeat({ data, height, width, channels }: Pixels, map: HeatMap): Pixels {
  const mixed = new Uint8Array(height * width * 3);
  for (let pixel = 0; pixel < height * width; pixel++) {
    const own = data.subarray(pixel * channels, (pixel + 1) * channels);
    const gray = own.reduce((sum, value) => sum + value, 0) / channels;
    const heat = heatAt(map, (Math.floor(pixel / width) + 0.5) / height, (pixel % width + 0.5) / width);
    const glow = [255, 200 * heat, 40];
    for (const [channel, light] of glow.entries()) {
      mixed[pixel * 3 + channel] = gray * (1 - 0.7 * heat) + light * 0.7 * heat;
    }
  }
  return { data: mixed, height, width, channels: 3 };
}

/** The thumbnail of an image, and its heat map for a class; null when the image cannot be read. */
export async function thumbnailOf(
  example: Example,
  { experiment, label, heatMapOf }: {
    readonly experiment: Experiment;
    readonly label: number;
    readonly heatMapOf?: HeatMapOf | undefined;
  },
): Promise<Thumbnail | null> {
  const { channels: { length: channels } } = await experiment.layout();
  const decoding = {
    channels,
    maxPixels: experiment.config.data.max_pixels,
    decoders: experiment.decoders(),
  };
  try {
    const pixels = shrink(await readExamplePixels(example, { ...decoding, depth: 8 }));
    const map = await heatMapOf?.(example, label) ?? null;
    return { picture: await jpegAddress(pixels), heat: map && await jpegAddress(withHeat(pixels, map)) };
  } catch (error) {
    if (!isDataProblem(error)) throw error;
    return null;
  }
}
