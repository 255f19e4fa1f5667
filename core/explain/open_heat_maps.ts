import type { Example } from "../base/example.ts";
import { Random } from "../base/random.ts";
import { applyTransform } from "../data/apply_transform.ts";
import type { Experiment } from "../experiment/experiment.ts";
import { readExamplePixels } from "../image/decode.ts";
import { chooseCheckpoint } from "../predict/choose_checkpoint.ts";
import { openModel } from "../predict/open_model.ts";
import { explainViews } from "./explain_views.ts";
import type { HeatMap } from "./heat_map.ts";

/** A trained model that tells where it sees a class, image by image. */
export interface HeatMaps {
  /**
   * The heat map of a class over the whole image; null for a transform with several views, each of which shows a part of
   * it. Throws a data problem when the image cannot be read.
   */
  of(example: Example, label: number): Promise<HeatMap | null>;
  /** Frees the weights. */
  dispose(): void;
}

/**
 * Opens an experiment's model for heat maps, with its newest average, else its best, else its last checkpoint. Starts the
 * config's backend.
 *
 * @throws Problem (data) on a missing checkpoint and on one of another architecture
 */
export async function openHeatMaps(experiment: Experiment): Promise<HeatMaps> {
  // A missing checkpoint is told before a backend starts.
  const checkpoint = await chooseCheckpoint(experiment.config.train.dir);
  await experiment.startBackend();
  const opened = await openModel(experiment, checkpoint), { transform } = opened;
  const { channels: { length: channels } } = await experiment.layout();
  const { max_pixels: maxPixels, depth } = experiment.config.data, decoders = experiment.decoders();
  return {
    async of(example, label) {
      if (transform.views > 1) return null;
      const pixels = await readExamplePixels(example, { channels, maxPixels, depth, decoders });
      const images = applyTransform(transform, pixels, new Random(0, "heat map"));
      const [map] = await explainViews(opened, { images, views: 1, classes: [label] });
      return map!;
    },
    dispose: () => opened.model.dispose(),
  };
}
