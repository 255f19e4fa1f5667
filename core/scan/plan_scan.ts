import type { Source } from "../base/example.ts";
import { forEachInFlight } from "../base/in_flight.ts";
import { type Output, SILENT } from "../base/output.ts";
import type { Shape } from "../base/pixels.ts";
import { isDataProblem } from "../base/problem.ts";
import { readFile, readHead } from "../base/read_file.ts";
import { faultOfFile } from "../base/system_error.ts";
import { MAX_SIDE } from "../image/decode.ts";
import type { ImageDecoder } from "../image/decoders/image_decoder.ts";
import { pictureShape } from "../image/shape.ts";
import { openLayout } from "../layout/open_layout.ts";
import { openDecoders } from "../plugin/open_decoders.ts";
import { loadPlugins } from "../plugin/registry.ts";
import { fileJobs } from "./hash_file.ts";
import { IN_FLIGHT } from "./scan.ts";
import { imagesToScan } from "./scan_layout.ts";
import { SCAN_DEFAULTS, type ScanSettings } from "./scan_settings.ts";
import type { Shard } from "./shards.ts";

/** Bytes that nearly every header lies in; the whole file is read where it does not. */
const HEAD = 2 ** 16;
/**
 * What a picture in flight takes at most beside its file, with a third to spare: 17 to 18 were measured for progressive
 * JPEG of CMYK; RGBA with every channel hashed took 16 with its file, RGB 8.
 */
const BYTES_PER_PIXEL = 24;
/** What the program itself takes, and the record of each picture. */
const PROGRAM_BYTES = 300e6, RECORD_BYTES = 2000;

/** What is planned; settings that are left out are as in `SCAN_DEFAULTS`. */
export interface PlanScanOptions extends Partial<ScanSettings> {
  readonly sources: readonly Source[];
  /** Only this part of the pictures. */
  readonly shard?: Shard;
  /** Hears how far the work is. */
  readonly output?: Output;
}

/** How much a scan reads, and the most memory that it takes. */
export interface ScanPlan {
  readonly pictures: number;
  /** Files of these pictures that are hashed. */
  readonly files: number;
  /** Files whose header cannot be read; the scan lists them. */
  readonly unreadable: number;
  /** Files of more pixels than `maxPixels` or too long a side; the scan lists them and does not decode them. */
  readonly too_large: number;
  /** The picture of the most pixels among those that are decoded. */
  readonly largest: { readonly file: string; readonly width: number; readonly height: number } | null;
  /** Bytes of the largest file. */
  readonly largest_file: number;
  readonly in_flight: number;
  /** The most memory that the scan of these pictures takes. */
  readonly memory_bytes: number;
  /** The same if a picture had as many pixels as `maxPixels` lets through. */
  readonly memory_bytes_at_max_pixels: number;
}

/** What is known of the files so far. */
class Tally {
  unreadable = 0;
  tooLarge = 0;
  largest: ScanPlan["largest"] = null;
  largestFile = 0;

  constructor(readonly maxPixels: number, readonly decoders: readonly ImageDecoder[]) {}

  addShape(file: string, { width, height }: Shape): void {
    const pixels = width * height, { largest } = this;
    const most = largest ? largest.width * largest.height : -1;
    if (pixels > this.maxPixels || Math.max(width, height) > MAX_SIDE) this.tooLarge++;
    else if (pixels > most || pixels === most && file < largest!.file) this.largest = { file, width, height };
  }
}

/** Adds what the first bytes of a file tell, or all of them where the header is longer. */
async function tallyFile(tally: Tally, file: string): Promise<void> {
  try {
    const head = await readHead(file, "image", HEAD);
    const { size } = await Deno.stat(file);
    tally.largestFile = Math.max(tally.largestFile, size);
    tally.addShape(file, await readShape(file, { head, size, decoders: tally.decoders }));
  } catch (error) {
    if (faultOfFile(error) === null) throw error;
    tally.unreadable++;
  }
}

async function readShape(
  file: string,
  { head, size, decoders }: { head: Uint8Array; size: number; decoders: readonly ImageDecoder[] },
): Promise<Shape> {
  try {
    return await pictureShape(head, decoders);
  } catch (error) {
    if (!isDataProblem(error) || size <= head.length) throw error;
    return await pictureShape(await readFile(file, "image"), decoders);
  }
}

/**
 * Counts the pictures that a scan would hash, and bounds its memory: pictures in flight times the largest file and 24 bytes
 * for each pixel of the largest picture. Reads headers only, and writes nothing.
 *
 * @throws a config problem on an unknown layout, a data problem on a folder without pictures
 */
export async function planScan(options: PlanScanOptions): Promise<ScanPlan> {
  const { sources, shard, output = SILENT, ...given } = options;
  const settings = { ...SCAN_DEFAULTS, ...given };
  const { dataDir, layout: name, layoutParams: params, maxPixels } = settings;
  const registry = await loadPlugins([], ["layouts", "decoders"]);
  const layout = await openLayout(registry, dataDir, { name, params });
  const { images, channels } = await imagesToScan(layout, { sources, settings, ...(shard ? { shard } : {}) });
  const files = images.flatMap((image) => fileJobs(image, channels).map(({ file }) => file));
  const tally = new Tally(maxPixels, openDecoders(registry));
  const progress = output.progress("reading headers", files.length);
  let done = 0;
  await forEachInFlight(files, IN_FLIGHT, async (file) => {
    await tallyFile(tally, file);
    progress.update(++done);
  });
  progress.end();
  const { unreadable, tooLarge, largest, largestFile } = tally;
  const memory = (pixels: number) =>
    PROGRAM_BYTES + RECORD_BYTES * files.length + IN_FLIGHT * (BYTES_PER_PIXEL * pixels + largestFile);
  return {
    pictures: images.length,
    files: files.length,
    unreadable,
    too_large: tooLarge,
    largest,
    largest_file: largestFile,
    in_flight: IN_FLIGHT,
    memory_bytes: memory(largest ? largest.width * largest.height : 0),
    memory_bytes_at_max_pixels: memory(maxPixels),
  };
}
