import { basename } from "@std/path";
import type { z } from "zod";
import type { Output } from "../base/output.ts";
import { openExperiment, startBackend } from "../experiment/experiment.ts";
import type { LoadedConfig } from "../config/load.ts";
import { createLoader, type Loader } from "../data/loader.ts";
import { loaderSettings } from "../experiment/loader_settings.ts";
import type { Example, Split } from "../base/example.ts";
import type { Layout, Model } from "../plugin/contracts.ts";
import { disposeFolded, foldBatchNorms } from "../nn/fold.ts";
import { configProblem, dataProblem } from "../base/problem.ts";
import { testExamples } from "../layout/examples.ts";
import { loadWeights } from "../run_folder/checkpoint.ts";
import { createModel } from "../experiment/create_model.ts";
import { chooseCheckpoint } from "./choose_checkpoint.ts";
import { type MergeRule, mergeViews } from "./merge_views.ts";
import { predictViews, type ViewPredictor } from "./predict_views.ts";
import { type Predictions, writePredictions } from "./predictions.ts";

/** What is predicted, with what. */
export interface InferenceRequest {
  readonly split: Split;
  /** Orientations of each image: 1, 4 or 8. */
  readonly views: number;
  /** Further parameters of the transform that makes the views, such as zooms. */
  readonly viewParams?: Readonly<Record<string, unknown>>;
  /** How the probabilities of the views become one; their mean when left out. */
  readonly merge?: MergeRule | undefined;
  /**
   * Leave out the remaining views of an image when they cannot change which classes are above this threshold, or with one
   * label which class leads; the prediction is then the mean of the views seen. All views are predicted when left out.
   */
  readonly stop?: number | undefined;
  /** A path or a name inside the run's checkpoint folder; the newest average, best or last when left out. */
  readonly checkpoint?: string | undefined;
  /** The prediction file. */
  readonly path: string;
  readonly output: Output;
}

/** What was predicted. */
export interface InferenceResult {
  readonly path: string;
  readonly checkpoint: string;
  readonly images: number;
  /** Views made of all images, and how many of them were left out because nothing hung on them any more. */
  readonly views: number;
  readonly viewsLeftOut: number;
}

/** The plugin that makes the views of an image. */
const VIEWS_TRANSFORM = "tta_transform";

/** The settings of the training transform that the views share: size and normalization. */
function viewsTransform(
  { config, registry }: LoadedConfig,
  { views, viewParams = {} }: InferenceRequest,
): { name: string; params: Record<string, unknown> } {
  const known = Object.keys((registry.get("transforms", VIEWS_TRANSFORM).params as z.ZodObject).shape);
  const shared = Object.entries(config.transform.params).filter(([key]) => known.includes(key));
  return { name: VIEWS_TRANSFORM, params: { ...Object.fromEntries(shared), ...viewParams, num_tta: views } };
}

interface PredictParts extends ViewPredictor {
  readonly loader: Loader;
  readonly merge: MergeRule;
  readonly output: Output;
}

/** What a loader's images were predicted to be. */
export interface PredictedImages extends Omit<Predictions, "path"> {
  /** Views predicted, those of all images together. */
  readonly viewsSeen: number;
}

/**
 * Probabilities of all images of a loader, merged over each image's views, in the order of the loader.
 *
 * Throws a data problem that names the image when a probability is not a number.
 */
export async function predictAll(parts: PredictParts): Promise<PredictedImages> {
  const { loader, classes, activation, merge } = parts;
  const exclusive = activation === "softmax";
  const ids: string[] = [];
  const rows: Float64Array[] = [];
  const labels: Uint8Array[] = [];
  let viewsSeen = 0;
  const bar = parts.output.progress("predict", loader.batchCount);
  for await (const batch of loader.batches(0)) {
    for (const [row, probabilities] of (await predictViews(parts, batch)).entries()) {
      checkNumbers(probabilities, batch.ids[row]!);
      const views = probabilities.length / classes;
      viewsSeen += views;
      // Ranks need all images; the other rules leave nothing to keep but their result.
      const shape = { views, classes, exclusive };
      rows.push(merge === "rank" ? probabilities : mergeViews([probabilities], merge, shape)[0]!);
    }
    ids.push(...batch.ids);
    if (batch.labels) labels.push(batch.labels);
    bar.update(batch.index + 1);
  }
  bar.end();
  const probabilities = new Float64Array(rows.length * classes);
  const merged = merge === "rank"
    ? mergeViews(rows, merge, { views: loader.views, classes, exclusive })
    : rows;
  for (const [row, values] of merged.entries()) probabilities.set(values, row * classes);
  return { ids, classes, labels: joinLabels(labels, probabilities.length), probabilities, viewsSeen };
}

function checkNumbers(probabilities: Float64Array, id: string): void {
  if (!probabilities.some(Number.isNaN)) return;
  throw dataProblem(
    `Cannot predict "${id}": the model gives no number (NaN)`,
    "Use an earlier checkpoint; training diverged",
  );
}

function joinLabels(parts: readonly Uint8Array[], length: number): Uint8Array | null {
  const joined = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return at === length ? joined : null;
}

/** Test pictures that could not be read get the mean of the others, so that a submission stays possible. */
function fillUnread(
  predictions: PredictedImages,
  examples: readonly Example[],
  output: Output,
): PredictedImages {
  const read = new Set(predictions.ids);
  const unread = examples.map(({ id }) => id).filter((id) => !read.has(id));
  if (unread.length === 0 || read.size === 0) return predictions;
  output.warn(
    `${unread.length} test images get the mean probabilities of the others: ${unread.slice(0, 5).join(", ")}`,
  );
  const { classes, probabilities } = predictions;
  const mean = new Float64Array(classes);
  for (const [i, value] of probabilities.entries()) mean[i % classes]! += value / read.size;
  const filled = new Float64Array(examples.length * classes);
  filled.set(probabilities);
  for (const index of unread.keys()) filled.set(mean, (read.size + index) * classes);
  return { ...predictions, ids: [...predictions.ids, ...unread], probabilities: filled };
}

async function openLoader(
  loaded: LoadedConfig,
  { layout, examples }: { layout: Layout; examples: readonly Example[] },
  request: InferenceRequest,
): Promise<Loader> {
  const { config, registry } = loaded;
  const { output, split } = request;
  const transform = viewsTransform(loaded, request);
  const channels = layout.channels.length;
  const { views } = registry.get("transforms", transform.name).create(transform.params, {
    split,
    channels,
    augmentation: (name, params) => registry.get("augmentations", name).create(params, {}),
  });
  return await createLoader({
    ...loaderSettings(config, layout, output),
    examples,
    transform,
    split,
    // Views fill the memory that images fill in evaluation.
    batchSize: Math.max(1, Math.floor(config.eval.batch_size / views)),
    shuffle: false,
  });
}

async function predictLoader(
  loaded: LoadedConfig,
  parts: { layout: Layout; loader: Loader; checkpoint: string },
  { merge = "mean", stop, output }: InferenceRequest,
): Promise<PredictedImages> {
  const { config, registry } = loaded;
  const { layout, loader, checkpoint } = parts;
  const classes = layout.classes.length;
  const model = createModel(config, registry, {
    classes,
    channels: layout.channels.length,
    size: loader.size,
  });
  let folded: Model | null = null;
  try {
    await loadWeights(model, checkpoint);
    folded = foldBatchNorms(model);
    const context = { classes, multiLabel: layout.multiLabel };
    const { activation } = registry.get("losses", config.loss.name).create(config.loss.params, context);
    const rule = stop === undefined ? null : { threshold: layout.multiLabel ? stop : null };
    return await predictAll({ model: folded, loader, classes, activation, merge, stop: rule, output });
  } finally {
    if (folded) disposeFolded(folded);
    model.dispose();
  }
}

function checkStop({ stop, merge = "mean" }: InferenceRequest): void {
  if (stop === undefined || merge === "mean") return;
  throw configProblem(
    `Cannot leave out views whose probabilities are merged by "${merge}": only the mean tells early what it will be`,
    "Leave --tta_stop out, or merge by mean",
  );
}

/**
 * Predicts a split of a config's data with one of its checkpoints and writes the probabilities, keyed by Id, with the
 * labels where they are known. The same config, checkpoint and backend give the same bytes, whatever the number of
 * workers.
 *
 * Throws data problems on a missing checkpoint, one of another architecture, an empty split and missing images, before
 * anything is written.
 */
export async function runInference(
  loaded: LoadedConfig,
  request: InferenceRequest,
): Promise<InferenceResult> {
  const { config, registry } = loaded;
  const { output, split, path } = request;
  checkStop(request);
  const checkpoint = await chooseCheckpoint(config.train.dir, request.checkpoint);
  const { layout, dataset } = await openExperiment(config, registry);
  const examples = split === "test" ? await testExamples(layout) : await dataset.examples(split);
  output.line(await startBackend(registry, config.backend, { threads: config.threads }));
  const loader = await openLoader(loaded, { layout, examples }, request);
  output.line(
    `${loaded.path}: ${examples.length} images of ${split}, ${loader.views} views, ${basename(checkpoint)}`,
  );
  try {
    const read = await predictLoader(loaded, { layout, loader, checkpoint }, request);
    const views = read.ids.length * loader.views, viewsLeftOut = views - read.viewsSeen;
    if (request.stop !== undefined) {
      output.line(`left out ${viewsLeftOut} of ${views} views, which could not change the answer`);
    }
    const predictions = split === "test" ? fillUnread(read, examples, output) : read;
    await writePredictions(path, { ...predictions, path });
    return { path, checkpoint, images: predictions.ids.length, views, viewsLeftOut };
  } finally {
    loader.close();
  }
}
