import type { Config } from "../config/schema.ts";
import type { Output } from "../base/output.ts";
import type { Layout } from "../plugin/contracts.ts";
import type { LoaderOptions } from "../data/loader.ts";

/** What a config and a layout say about a loader, whatever it loads. */
export type LoaderSettings = Omit<LoaderOptions, "examples" | "split" | "batchSize" | "shuffle">;

/** The part of a loader's options that is the same for every split: decoding, transform, workers, warnings. */
export function loaderSettings(
  config: Config,
  layout: Pick<Layout, "channels" | "classes">,
  output: Output,
): LoaderSettings {
  return {
    transform: config.transform,
    channels: layout.channels.length,
    classes: layout.classes.length,
    seed: config.seed,
    workers: config.transform.num_preprocessor,
    onBroken: config.data.on_broken,
    maxPixels: config.data.max_pixels,
    cache: config.data.cache,
    plugins: config.plugins,
    report: (message) => output.warn(message),
  };
}
