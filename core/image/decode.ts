import sharp, { type Sharp } from "sharp";
import type { ImageFiles } from "../base/example.ts";
import { faultOfFile } from "../base/system_error.ts";
import {
  type AnyPixels,
  type DeepPixels,
  type Depth,
  isDeep,
  type Pixels,
  type Shape,
} from "../base/pixels.ts";
import { dataProblem, failedWhile } from "../base/problem.ts";
import { readFile } from "../base/read_file.ts";
import { askDecoder } from "./ask_decoder.ts";
import { pictureFormat } from "./formats/file_format.ts";
import { decodeBmp } from "./formats/bmp.ts";
import { toColour, toGray } from "./deep/channels.ts";
import { asBytes, deepened } from "./deep/depth.ts";
import { decodeByPlugin, decoderOf, type ImageDecoder } from "./decoders/image_decoder.ts";
import { decodePlainPng, plainPng } from "./formats/plain_png.ts";
import { withPngEnd } from "./formats/png_end.ts";

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
  /** Bits of a sample wanted; 8 when absent: 16-bit files keep their high byte. */
  readonly depth?: Depth;
  /** Decoders of further formats, looked for before the built-in ones. */
  readonly decoders?: readonly ImageDecoder[] | undefined;
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

/** All 16 bits of a sample; gray loses its alpha. */
async function takeDeep(image: Sharp, space: "grey16" | "rgb16"): Promise<DeepPixels> {
  const raw = image.toColourspace(space).raw({ depth: "ushort" });
  const { data: bytes, info: { height, width, channels } } = await askDecoder(() =>
    raw.toBuffer({ resolveWithObject: true })
  );
  // A copy, because the decoder's bytes may start at an odd address.
  const data = new Uint16Array(new Uint8Array(bytes).buffer);
  if (space === "rgb16" || channels === 1) return { data, height, width, channels };
  const gray = new Uint16Array(height * width);
  for (let i = 0, p = 0; i < gray.length; i++, p += channels) gray[i] = data[p]!;
  return { data: gray, height, width, channels: 1 };
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

/**
 * Channels as the file has them: 1 gray, 3 colour, 4 colour and alpha; gray loses its alpha. 16 bits each where they are
 * wanted and the file has them, else 8.
 */
async function decodeStored(bytes: Uint8Array, options: DecodeOptions): Promise<AnyPixels> {
  const { maxPixels = DEFAULT_MAX_PIXELS, blocking = false } = options;
  if (bytes.length === 0) throw dataProblem("the file is empty");
  const decoder = decoderOf(bytes, options.decoders);
  if (decoder) {
    return await decodeByPlugin(decoder, bytes, {
      depth: options.depth ?? 8,
      checkShape: (shape) => checkShape(shape, maxPixels),
      decodeInner: (inner) => decodeImage(inner, { maxPixels, blocking }),
    });
  }
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
  const { space, width, height, depth } = await askDecoder(() => image.metadata());
  checkShape({ width, height }, maxPixels);
  const fine = options.depth === 16 && depth === "ushort";
  if (fine && (space === "grey16" || space === "rgb16")) return await takeDeep(image, space);
  if (space === "grey16") return await decodeGray16(image);
  if (space === "cmyk") {
    return inkToLight(await takeRaw(image.pipelineColourspace("cmyk").toColourspace("cmyk")));
  }
  return await takeRaw(image.toColourspace(space === "b-w" ? "b-w" : "srgb"));
}

/**
 * The pixels of a picture file, exactly as stored: no resizing, no premultiplied alpha, no colour profile. 16-bit files
 * keep their high byte unless `depth` is 16, where 8-bit files are spread to 16; palettes and CMYK become colour. A
 * four-channel PNG gives its fourth channel unharmed.
 *
 * With `channels: 1` colour becomes Pillow's gray; with 3 gray is repeated and alpha dropped; with 4 the file must have
 * four channels.
 *
 * @returns `[height, width, channels]`
 * @throws a data problem with the reason alone when the picture cannot be used; the caller names the file. Everything else
 * (memory or file handles are used up, a mistake in this program) is thrown as it is.
 */
export async function decodeImage(
  bytes: Uint8Array,
  options?: DecodeOptions & { depth?: 8 },
): Promise<Pixels>;
export async function decodeImage(bytes: Uint8Array, options: DecodeOptions): Promise<AnyPixels>;
export async function decodeImage(bytes: Uint8Array, options: DecodeOptions = {}): Promise<AnyPixels> {
  const read = await decodeStored(bytes, options);
  const stored = options.depth !== 16 ? asBytes(read) : isDeep(read) ? read : deepened(read);
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
  options: Pick<DecodeOptions, "maxPixels" | "decoders"> = {},
): Promise<Pixels> {
  return decodeImage(bytes, { ...options, channels: 1 });
}

async function decodeFile(path: string, options: DecodeOptions): Promise<AnyPixels> {
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

function stackChannels(planes: readonly AnyPixels[], files: ImageFiles): AnyPixels {
  const { height, width } = planes[0]!;
  const channels = planes.length;
  const length = height * width * channels;
  const data = isDeep(planes[0]!) ? new Uint16Array(length) : new Uint8Array(length);
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
  return { data, height, width, channels } as AnyPixels;
}

/**
 * The pixels of an example: one file with all channels, or one gray file per channel stacked in order.
 *
 * @returns `[height, width, channels]`, uint8 unless `depth` is 16
 * @throws a data problem naming the file that is missing, broken, too large, or of another size than the other channels
 */
export async function readExamplePixels(
  files: ImageFiles,
  options: DecodeOptions & { readonly channels: number; readonly depth?: 8 },
): Promise<Pixels>;
export async function readExamplePixels(
  files: ImageFiles,
  options: DecodeOptions & { readonly channels: number },
): Promise<AnyPixels>;
export async function readExamplePixels(
  files: ImageFiles,
  options: DecodeOptions & { readonly channels: number },
): Promise<AnyPixels> {
  if (files.files.length === 1) return await decodeFile(files.files[0]!, options);
  if (files.files.length !== options.channels) {
    throw dataProblem(
      `Cannot read "${files.id}": it has ${files.files.length} files and ${options.channels} channels are needed`,
    );
  }
  const planes = await Promise.all(files.files.map((path) => decodeFile(path, { ...options, channels: 1 })));
  return stackChannels(planes, files);
}
