import { join } from "@std/path";
import type { Source } from "../base/example.ts";
import type { Experiment } from "../experiment/experiment.ts";
import { buildImageCache, type CacheReport } from "./build_cache.ts";

const SOURCES: readonly Source[] = ["train", "external", "test"];

/** How images are cached. */
export interface CacheImagesRequest {
  /** Folder of the cache; `data.cache` of the config, else `<data.dir>/cache`, when left out. */
  readonly folder?: string | undefined;
  /** Side that images are resized to; as they are when left out. */
  readonly size?: number | undefined;
}

/** What was cached, and where. */
export interface CachedImages extends CacheReport {
  readonly folder: string;
}

/**
 * Decodes all images of an experiment's data once into shards of raw bytes, which loaders read many times faster than
 * PNG. Shards that are already true are kept.
 *
 * @throws a data problem when no image can be decoded
 */
export async function cacheImages(
  experiment: Experiment,
  { folder: named, size }: CacheImagesRequest = {},
): Promise<CachedImages> {
  const { config, output } = experiment;
  const layout = await experiment.layout();
  const images = (await Promise.all(SOURCES.map((source) => layout.listImages(source)))).flat();
  const folder = named ?? config.data.cache ?? join(config.data.dir, "cache");
  const progress = output.progress("images", images.length);
  const report = await buildImageCache({
    folder,
    images,
    channels: layout.channels.length,
    maxPixels: config.data.max_pixels,
    size: size ?? null,
    onProgress: (done) => progress.update(done),
  });
  progress.end();
  return { folder, ...report };
}
