import { channelOf, type Pixels } from "../../base/pixels.ts";
import { readFile } from "../../base/read_file.ts";
import { faultOfFile } from "../../base/system_error.ts";
import { resizeLanczos } from "../../hash/lanczos.ts";
import type { ImageDecoder } from "../../image/decoders/image_decoder.ts";
import { decodeImage } from "../../image/decode.ts";
import { encodeJpeg } from "../../image/encode.ts";
import type { HashRecord } from "../../scan/record.ts";

/** Longer side of a thumbnail in pixels. */
const SIDE = 128;

function shrink(pixels: Pixels): Pixels {
  const scale = Math.min(1, SIDE / Math.max(pixels.width, pixels.height));
  const width = Math.max(1, Math.round(pixels.width * scale));
  const height = Math.max(1, Math.round(pixels.height * scale));
  const planes = Array.from(
    { length: pixels.channels },
    (_, channel) => resizeLanczos(channelOf(pixels, channel), { width, height }),
  );
  const data = new Uint8Array(width * height * planes.length);
  for (const [channel, plane] of planes.entries()) {
    for (let i = 0; i < plane.length; i++) data[i * planes.length + channel] = plane[i]!;
  }
  return { data, width, height, channels: planes.length };
}

/** What the hash saw: one channel in gray, or the picture in colour where it was hashed as a whole. */
async function readShown(record: HashRecord, decoders: readonly ImageDecoder[]): Promise<Pixels> {
  // The scan let pictures of this size through, so it is no limit of this page.
  const given = { maxPixels: record.width * record.height, decoders };
  const bytes = await readFile(record.file, "image");
  if (record.whole && record.channel !== null) return await decodeImage(bytes, { channels: 1, ...given });
  if (record.channel === null) return await decodeImage(bytes, { channels: 3, ...given });
  return channelOf(await decodeImage(bytes, given), record.channel);
}

/** A small form of a picture with 1 or 3 channels, as a data URL. */
export async function thumbnailUrl(pixels: Pixels): Promise<string> {
  const jpeg = await encodeJpeg(shrink(pixels), { quality: 80 });
  return `data:image/jpeg;base64,${jpeg.toBase64()}`;
}

async function thumbnailOf(record: HashRecord, decoders: readonly ImageDecoder[]): Promise<string | null> {
  try {
    return await thumbnailUrl(await readShown(record, decoders));
  } catch (error) {
    if (faultOfFile(error) === null) throw error;
    return null;
  }
}

/** Small pictures of one page. A picture is decoded once, however often the page shows it. */
export class Thumbnails {
  readonly #made = new Map<string, string | null>();

  constructor(readonly decoders: readonly ImageDecoder[] = []) {}

  /** The small picture as a data URL; null when the file is gone or has become unreadable since the scan. */
  async of(record: HashRecord): Promise<string | null> {
    const key = `${record.channel}:${record.file}`;
    const made = this.#made.get(key);
    if (made !== undefined) return made;
    const url = await thumbnailOf(record, this.decoders);
    this.#made.set(key, url);
    return url;
  }
}
