import { createHash } from "node:crypto";
import type { ImageDecoder } from "../image/decoders/image_decoder.ts";
import { decodeGray, decodeImage } from "../image/decode.ts";
import type { ImageFiles } from "../base/example.ts";
import { channelOf, type Pixels } from "../base/pixels.ts";
import { dataProblem } from "../base/problem.ts";
import { grayPicture, isFlat, measureBrightness } from "../hash/gray_picture.ts";
import type { NamedHash, PlaneRecord } from "./record.ts";

/** A file and the channels to hash of it. */
export interface FileJob {
  readonly image: ImageFiles;
  readonly file: string;
  /** Whether the file is one plane, read as gray; otherwise the channels are taken from it. */
  readonly whole: boolean;
  /** Null is the picture as gray. */
  readonly channels: readonly (number | null)[];
}

/** How a file is hashed. */
export interface HashFileOptions {
  readonly hashes: readonly NamedHash[];
  readonly maxPixels?: number;
  /** Decoders of further formats. */
  readonly decoders?: readonly ImageDecoder[];
}

/** Which files hold the channels: one file for all, or one file each. */
export function fileJobs(image: ImageFiles, channels: readonly (number | null)[]): FileJob[] {
  if (image.files.length === 1) {
    return [{ image, file: image.files[0]!, whole: channels.every((channel) => channel === null), channels }];
  }
  return channels.map((channel) => ({
    image,
    file: image.files[channel ?? 0]!,
    whole: true,
    channels: [channel],
  }));
}

/** Hex digits of a digest. */
const DIGITS = 32;

/** A digest of bytes, 128 bits as hex; made on another thread. */
export async function digestBytes(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex().slice(0, DIGITS);
}

/** A digest of size and pixels, 128 bits as hex. */
function digestPixels({ width, height, data }: Pixels): string {
  return createHash("sha256").update(`${width}x${height}:`).update(data).digest("hex").slice(0, DIGITS);
}

function takeChannel(pixels: Pixels, channel: number): Pixels {
  const { channels } = pixels;
  if (channels === 1) return pixels;
  if (channel >= channels) throw dataProblem(`it has ${channels} channels and channel ${channel} is needed`);
  return channelOf(pixels, channel);
}

/** The gray planes of a file, one for each channel of the job. */
export async function decodePlanes(
  bytes: Uint8Array,
  job: Pick<FileJob, "whole" | "channels">,
  { maxPixels, decoders }: Pick<HashFileOptions, "maxPixels" | "decoders">,
): Promise<Pixels[]> {
  const limit = { decoders, ...(maxPixels === undefined ? {} : { maxPixels }) };
  if (job.whole) return [await decodeGray(bytes, limit)];
  const stored = await decodeImage(bytes, limit);
  return await Promise.all(
    job.channels.map((channel) => channel === null ? decodeGray(bytes, limit) : takeChannel(stored, channel)),
  );
}

function hashPlane(pixels: Pixels, channel: number | null, hashes: readonly NamedHash[]): PlaneRecord {
  const picture = grayPicture(pixels);
  const values = hashes.map(({ name, hash }) => ({ name, ...hash.compute(picture) }));
  const brightness = measureBrightness(picture);
  return {
    channel,
    width: pixels.width,
    height: pixels.height,
    mean: Math.round(brightness.mean * 100) / 100,
    flat: isFlat(brightness),
    digest: digestPixels(pixels),
    hashes: Object.fromEntries(values.map(({ name, hex }) => [name, hex])),
    lowConfidence: values.filter((value) => value.lowConfidence).map(({ name }) => name),
  };
}

/** Decodes a file once and hashes its channels. */
export async function hashFile(
  bytes: Uint8Array,
  job: FileJob,
  options: HashFileOptions,
): Promise<PlaneRecord[]> {
  const planes = await decodePlanes(bytes, job, options);
  return planes.map((pixels, index) => hashPlane(pixels, job.channels[index]!, options.hashes));
}
