import type { Example, Split } from "../base/example.ts";
import { dataProblem, suggestName } from "../base/problem.ts";
import { quoted } from "../base/quoted.ts";
import type { Batch } from "../data/loader.ts";
import type { Experiment } from "../experiment/experiment.ts";
import { type OpenedModel, openModel } from "../predict/open_model.ts";
import { explainViews, type ViewHeatMap } from "./explain_views.ts";

/** Views that are explained at once, at most: more would take memory and save no time. */
const VIEWS_AT_ONCE = 8;

/** Options of {@link heatMaps}. */
export interface HeatMapRequest {
  /** Index of the class that is explained for an image. */
  readonly classOf: (id: string) => number;
  /** The split that the images are in; `val` when left out. */
  readonly split?: Split;
  /** Checkpoint path or name in the run's folder; by default the newest average, else the best, else the last. */
  readonly checkpoint?: string;
}

/** The examples of some ids. Throws a data problem on an id that the split does not have. */
async function examplesOf(
  experiment: Experiment,
  ids: readonly string[],
  split: Split,
): Promise<Example[]> {
  const all = await experiment.predictedExamples(split);
  const byId = new Map(all.map((example) => [example.id, example]));
  return [...new Set(ids)].map((id) => {
    const example = byId.get(id);
    if (example) return example;
    throw dataProblem(
      `Cannot explain the image ${quoted(id)}: it is not in the split ${split} of ${experiment.path}`,
      all.length <= 20 ? suggestName(id, [...byId.keys()]) : "Name images of that split, or another split",
    );
  });
}

async function explainBatch(
  opened: OpenedModel,
  { ids, images, views }: Batch,
  classOf: HeatMapRequest["classOf"],
): Promise<[string, ViewHeatMap][]> {
  const maps = await explainViews(opened, { images, views, classes: ids.map(classOf) });
  return ids.map((id, index) => [id, maps[index]!]);
}

/**
 * Where in images of an experiment's data its trained model sees a class, by id: Grad-CAM or, of a model with an attention
 * head, its attention map, over what the validation transform makes of each image. Starts the config's backend. Images
 * that `data.on_broken` lets pass are left out.
 *
 * @throws Problem (data) on an id that is not in the split, on a missing checkpoint and on one of another architecture,
 * Problem (config) on a model without feature map
 */
export async function heatMaps(
  experiment: Experiment,
  ids: readonly string[],
  { classOf, split = "val", checkpoint }: HeatMapRequest,
): Promise<Map<string, ViewHeatMap>> {
  const examples = await examplesOf(experiment, ids, split);
  if (examples.length === 0) return new Map();
  await experiment.startBackend();
  const opened = await openModel(experiment, checkpoint);
  const found = new Map<string, ViewHeatMap>();
  try {
    const batchSize = Math.min(experiment.config.eval.batch_size, VIEWS_AT_ONCE);
    const loader = await experiment.loader({ examples, split: "val", batchSize, shuffle: false });
    const bar = experiment.output.progress("heat maps", loader.batchCount);
    try {
      for await (const batch of loader.batches(0)) {
        for (const [id, map] of await explainBatch(opened, batch, classOf)) found.set(id, map);
        bar.update(batch.index + 1);
      }
    } finally {
      bar.end();
      loader.close();
    }
    return found;
  } finally {
    opened.model.dispose();
  }
}
