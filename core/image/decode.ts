import sharp, { type Sharp } from "sharp";
import type { ImageFiles } from "../base/example.ts";
import { faultOfFile } from "../base/system_error.ts";
import type { Pixels, Shape } from "../base/pixels.ts";
import { dataProblem, failedWhile } from "../base/problem.ts";
import { readFile } from "../base/read_file.ts";
import { askDecoder } from "./ask_decoder.ts";
import { pictureFormat } from "./file_format.ts";
import { decodeBmp } from "./bmp.ts";
import { decodePlainPng, plainPng } from "./plain_png.ts";
import { withPngEnd } from "./png_end.ts";

// Native code does not know Deno's sandbox: it gets buffers only, of formats that pictureFormat() lets through. What is
// blocked here counts for the whole process, so it is never unblocked: another thread may be decoding.
sharp.block({ operation: ["VipsForeignLoadSvg", "VipsForeignLoadPdf", "VipsForeignLoadMagick"] });
sharp.cache(false);

/** Largest picture accepted where nothing else is said, in pixels. */
export const DEFAULT_MAX_PIXELS = 100_000_000;

/**
 * Longest side accepted, in pixels, whatever the area: what JPEG allows. Reduction for a hash keeps tables of about 110
 * bytes for each pixel of a side.
 */
export const MAX_SIDE = 65_535;

/** How a picture is decoded. */
export interface DecodeOptions {
  /** Channels wanted; as many as the file has when absent. */
  readonly channels?: number;
  /** Larger pictures are refused before any pixel is decoded; 100 megapixels when absent. */
  readonly maxPixels?: number;
  /** Decode plain PNG in the calling thread: right for a worker with a core to itself, not for many files at once. */
  readonly blocking?: boolean;
}

function openImage(bytes: Uint8Array, maxPixels: number): Sharp {
  // Colour profiles are ignored, as in Pillow and OpenCV: the numbers in the file count.
  return sharp(bytes, { limitInputPixels: maxPixels, failOn: "error", ignoreIcc: true });
}

async function takeRaw(image: Sharp): Promise<Pixels> {
  const raw = image.raw({ depth: "uchar" });
  const { data, info } = await askDecoder(() => raw.toBuffer({ resolveWithObject: true }));
  const view = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { data: view, height: info.height, width: info.width, channels: info.channels };
}

/** 16-bit gray is cut to its high byte here; libvips would round it. */
async function decodeGray16(image: Sharp): Promise<Pixels> {
  const raw = image.toColourspace("grey16").raw({ depth: "ushort" });
  const { data, info } = await askDecoder(() => raw.toBuffer({ resolveWithObject: true }));
  const high = new Uint8Array(info.height * info.width);
  const step = 2 * info.channels;
  for (let i = 0, p = 1; i < high.length; i++, p += step) high[i] = data[p]!;
  return { data: high, height: info.height, width: info.width, channels: 1 };
}

/** CMYK to RGB as Pillow converts it: (255 - ink) * (255 - black) / 255, in 8-bit fixed point. */
function inkToLight({ data, height, width }: Pixels): Pixels {
  const colour = new Uint8Array(height * width * 3);
  for (let p = 0, o = 0; p < data.length; p += 4) {
    const light = 255 - data[p + 3]!;
    for (let c = 0; c < 3; c++) {
      const product = data[p + c]! * light + 128;
      colour[o++] = light - (((product >> 8) + product) >> 8);
    }
  }
  return { data: colour, height, width, channels: 3 };
}

/** Throws a data problem on a picture that is too large or too long to be worked with, before any pixel is decoded. */
function checkShape({ width, height }: Shape, maxPixels: number): void {
  if (width * height > maxPixels) throw dataProblem("it has more pixels than data.max_pixels allows");
  if (Math.max(width, height) <= MAX_SIDE) return;
  throw dataProblem(`it is ${width} x ${height} pixels, a side may have ${MAX_SIDE}`);
}

/** Channels as the file has them, 8 bits each: 1 gray, 3 colour, 4 colour and alpha; gray loses its alpha. */
async function decodeStored(bytes: Uint8Array, options: DecodeOptions): Promise<Pixels> {
  const { maxPixels = DEFAULT_MAX_PIXELS, blocking = false } = options;
  if (bytes.length === 0) throw dataProblem("the file is empty");
  const format = pictureFormat(bytes);
  if (!format) throw dataProblem("it is no PNG, JPEG, WebP, TIFF, GIF, AVIF or BMP picture");
  if (format === "bmp") return await decodeBmp(bytes, (shape) => checkShape(shape, maxPixels));
  const file = format === "png" ? withPngEnd(bytes) : bytes;
  const png = format === "png" ? plainPng(file) : null;
  if (png) {
    checkShape(png, maxPixels);
    return await decodePlainPng(file, png, blocking);
  }
  const image = openImage(file, maxPixels);
  const { space, width, height } = await askDecoder(() => image.metadata());
  checkShape({ width, height }, maxPixels);
  if (space === "grey16") return await decodeGray16(image);
  if (space === "cmyk") {
    return inkToLight(await takeRaw(image.pipelineColourspace("cmyk").toColourspace("cmyk")));
  }
  return await takeRaw(image.toColourspace(space === "b-w" ? "b-w" : "srgb"));
}

/** Pillow's `convert("L")` of one pixel: ITU-R 601-2 luma in 16-bit fixed point. */
function luma(red: number, green: number, blue: number): number {
  return (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16;
}

function toGray(pixels: Pixels): Pixels {
  const { data, height, width, channels } = pixels;
  const gray = new Uint8Array(height * width);
  for (let i = 0, p = 0; i < gray.length; i++, p += channels) {
    gray[i] = luma(data[p]!, data[p + 1]!, data[p + 2]!);
  }
  return { data: gray, height, width, channels: 1 };
}

/** Gray is repeated, alpha dropped. */
function toColour(pixels: Pixels): Pixels {
  const { data, height, width, channels } = pixels;
  const colour = new Uint8Array(height * width * 3);
  const [second, third] = channels === 1 ? [0, 0] : [1, 2];
  for (let i = 0, p = 0; i < colour.length; i += 3, p += channels) {
    colour[i] = data[p]!;
    colour[i + 1] = data[p + second]!;
    colour[i + 2] = data[p + third]!;
  }
  return { data: colour, height, width, channels: 3 };
}

/**
 * The pixels of a picture file, exactly as stored: no resizing, no premultiplied alpha, no colour profile. 16-bit files
 * keep their high byte, palettes and CMYK become colour. A four-channel PNG gives its fourth channel unharmed.
 *
 * With `channels: 1` colour becomes Pillow's gray; with 3 gray is repeated and alpha dropped; with 4 the file must have
 * four channels.
 *
 * @returns uint8 of `[height, width, channels]`
 * @throws a data problem with the reason alone when the picture cannot be used; the caller names the file. Everything else
 * (memory or file handles are used up, a mistake in this program) is thrown as it is.
 */
export async function decodeImage(bytes: Uint8Array, options: DecodeOptions = {}): Promise<Pixels> {
  const stored = await decodeStored(bytes, options);
  const wanted = options.channels ?? stored.channels;
  if (wanted === stored.channels) return stored;
  if (wanted === 1) return toGray(stored);
  if (wanted === 3) return toColour(stored);
  throw dataProblem(`it has ${stored.channels} channels and ${wanted} are needed`);
}

/**
 * A picture as 8-bit gray, equal to Pillow's `Image.open(...).convert("L")` for 8-bit files: alpha is ignored, colour is
 * weighed 299:587:114. 16-bit gray keeps its high byte, where Pillow would clip at 255.
 *
 * @returns uint8 of `[height, width, 1]`
 */
export function decodeGray(
  bytes: Uint8Array,
  options: { readonly maxPixels?: number } = {},
): Promise<Pixels> {
  return decodeImage(bytes, { ...options, channels: 1 });
}

async function decodeFile(path: string, options: DecodeOptions): Promise<Pixels> {
  try {
    return await decodeImage(await readFile(path, "image"), options);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw dataProblem(
        `Cannot read "${path}": there is no such file`,
        "Put the image there or remove its Id from the CSV files",
      );
    }
    const reason = faultOfFile(error);
    if (reason === null) throw failedWhile(`Cannot decode "${path}"`, error);
    throw dataProblem(
      `Cannot decode "${path}": ${reason}`,
      "Replace the file, or set data.on_broken to skip",
    );
  }
}

function stackChannels(planes: readonly Pixels[], files: ImageFiles): Pixels {
  const { height, width } = planes[0]!;
  const channels = planes.length;
  const data = new Uint8Array(height * width * channels);
  for (const [channel, plane] of planes.entries()) {
    if (plane.height !== height || plane.width !== width) {
      throw dataProblem(
        `Cannot join the channels of "${files.id}": "${
          files.files[channel]
        }" is ${plane.width} x ${plane.height}, ` +
          `"${files.files[0]}" is ${width} x ${height}`,
        "Replace the file of another size",
      );
    }
    for (let i = 0, p = channel; i < plane.data.length; i++, p += channels) data[p] = plane.data[i]!;
  }
  return { data, height, width, channels };
}

/**
 * The pixels of an example: one file with all channels, or one gray file per channel stacked in order.
 *
 * @returns uint8 of `[height, width, channels]`
 * @throws a data problem naming the file that is missing, broken, too large, or of another size than the other channels
 */
export async function readExamplePixels(
  files: ImageFiles,
  options: DecodeOptions & { readonly channels: number },
): Promise<Pixels> {
  if (files.files.length === 1) return await decodeFile(files.files[0]!, options);
  if (files.files.length !== options.channels) {
    throw dataProblem(
      `Cannot read "${files.id}": it has ${files.files.length} files and ${options.channels} channels are needed`,
    );
  }
  const planes = await Promise.all(files.files.map((path) => decodeFile(path, { ...options, channels: 1 })));
  return stackChannels(planes, files);
}
