import { join } from "@std/path";
import { checkWritable } from "../base/check_writable.ts";
import { withFolderLock } from "../base/folder_lock.ts";
import type { Source } from "../base/example.ts";
import type { Experiment } from "../experiment/experiment.ts";
import { buildImageCache, type CacheReport } from "./build_cache.ts";

const SOURCES: readonly Source[] = ["train", "external", "test"];

/** Options of {@link cacheImages}. */
export interface CacheImagesRequest {
  /** Cache folder; defaults to `data.cache` of the config, or `<data.dir>/cache`. */
  readonly folder?: string | undefined;
  /** Side that images are resized to, in pixels; original size when left out. */
  readonly size?: number | undefined;
}

/** Result of {@link cacheImages}. */
export interface CachedImages extends CacheReport {
  readonly folder: string;
}

/**
 * Decodes all images of an experiment's data once into shards of raw bytes, which loaders read many times faster than
 * PNG. Shards that are up to date are kept; what is damaged is told and made anew.
 *
 * @throws a data problem when no image can be decoded; a problem when another process is writing to the folder
 */
export async function cacheImages(
  experiment: Experiment,
  { folder: named, size }: CacheImagesRequest = {},
): Promise<CachedImages> {
  const { config, output } = experiment;
  const folder = named ?? config.data.cache ?? join(config.data.dir, "cache");
  await checkWritable(folder, "the cache folder");
  const layout = await experiment.layout();
  const images = (await Promise.all(SOURCES.map((source) => layout.listImages(source)))).flat();
  const progress = output.progress("images", images.length);
  const request = {
    folder,
    images,
    channels: layout.channels.length,
    maxPixels: config.data.max_pixels,
    depth: config.data.depth,
    decoders: experiment.decoders(),
    size: size ?? null,
    onProgress: (done: number) => progress.update(done),
  };
  const report = await withFolderLock(folder, () => buildImageCache(request));
  progress.end();
  for (const line of report.damaged) output.warn(line);
  return { folder, ...report };
}
