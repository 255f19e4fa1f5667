import { isDataProblem } from "../base/problem.ts";
import type { ImageFiles } from "../base/example.ts";
import type { Pixels } from "../base/pixels.ts";
import { readFile } from "../base/read_file.ts";
import type { ImageDecoder } from "../image/decoders/image_decoder.ts";
import { decodeImage } from "../image/decode.ts";
import { channelStatistics } from "../image/normalize.ts";
import { pictureTraits } from "../image/traits.ts";
import { spread } from "./spread.ts";

/** What a sample of the images is like. */
export interface ImageMeasures {
  /** Images looked at. */
  readonly looked: number;
  /** Those that could not be decoded. */
  readonly broken: readonly string[];
  /** Channels of the content: a gray picture saved in colour has one, an opaque one saved with alpha three. */
  readonly channels: number;
  /** 16 where any image has 16 bits. */
  readonly depth: 8 | 16;
  /** Smallest, middle and largest. */
  readonly width: readonly [number, number, number];
  readonly height: readonly [number, number, number];
  /** Mean and standard deviation over all pixels, by channel, on the scale 0 to 255. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** Images looked at; enough for a mean to half a level. */
const LOOKED = 200;

function isGray({ data, channels }: Pixels): boolean {
  for (let at = 0; at < data.length; at += channels) {
    if (data[at] !== data[at + 1] || data[at] !== data[at + 2]) return false;
  }
  return true;
}

function isOpaque({ data, channels }: Pixels): boolean {
  for (let at = 3; at < data.length; at += channels) if (data[at] !== 255) return false;
  return true;
}

/** Channels of a picture's content. */
function contentOf(pixels: Pixels): number {
  if (pixels.channels === 1) return 1;
  if (pixels.channels === 4 && !isOpaque(pixels)) return 4;
  return isGray(pixels) ? 1 : 3;
}

function range(values: readonly number[]): [number, number, number] {
  const sorted = [...values].sort((a, b) => a - b);
  return [sorted[0]!, sorted[sorted.length >> 1]!, sorted.at(-1)!];
}

/** Mean and deviation over the pixels of all pictures, each picture counting as much as another. */
function pool(pictures: readonly Pixels[], channels: number): { mean: number[]; std: number[] } {
  const own = pictures.map(channelStatistics);
  const over = (value: (at: number) => number) => own.reduce((sum, _, at) => sum + value(at), 0) / own.length;
  const mean = Array.from({ length: channels }, (_, c) => over((at) => own[at]!.mean[c]!));
  const std = mean.map((average, c) =>
    Math.sqrt(Math.max(0, over((at) => own[at]!.std[c]! ** 2 + own[at]!.mean[c]! ** 2) - average ** 2))
  );
  return { mean, std };
}

interface Looked {
  readonly decoders: readonly ImageDecoder[];
  readonly pictures: Pixels[];
  readonly broken: string[];
  depth: 8 | 16;
}

async function look({ id, files }: ImageFiles, looked: Looked): Promise<void> {
  try {
    const bytes = await readFile(files[0]!, "image");
    looked.pictures.push(await decodeImage(bytes, { decoders: looked.decoders }));
    if ((await pictureTraits(bytes)).includes("16-bit")) looked.depth = 16;
  } catch (error) {
    if (!isDataProblem(error)) throw error;
    looked.broken.push(id);
  }
}

/** The channels that a decoder must give: as many as the picture of most content has. */
function commonChannels(pictures: readonly Pixels[]): number {
  return Math.max(...pictures.map(contentOf));
}

/**
 * Decodes up to 200 images, evenly spread over the list, and measures them. Null when none can be decoded, or when an
 * image has several files, one for each channel, whose number is then known.
 */
export async function measureImages(
  images: readonly ImageFiles[],
  decoders: readonly ImageDecoder[],
): Promise<ImageMeasures | null> {
  const looked: Looked = { decoders, pictures: [], broken: [], depth: 8 };
  for (const image of spread(images, LOOKED)) {
    if (image.files.length > 1) return null;
    await look(image, looked);
  }
  const { pictures, broken, depth } = looked;
  if (pictures.length === 0) return null;
  const channels = commonChannels(pictures);
  const same = pictures.filter((picture) => picture.channels >= channels);
  return {
    looked: pictures.length,
    broken,
    channels,
    depth,
    width: range(pictures.map(({ width }) => width)),
    height: range(pictures.map(({ height }) => height)),
    ...pool(same, channels),
  };
}
