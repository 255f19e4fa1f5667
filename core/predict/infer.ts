import * as tf from "@tensorflow/tfjs";
import { basename } from "@std/path";
import type { z } from "zod";
import type { Output } from "../cli/output.ts";
import { openExperiment, startBackend } from "../config/experiment.ts";
import type { LoadedConfig } from "../config/load.ts";
import { type Batch, createLoader, type Loader } from "../data/loader.ts";
import { loaderSettings } from "../data/loader_settings.ts";
import type { Example, Layout, Loss, Model, Split } from "../plugin/contracts.ts";
import { disposeFolded, foldBatchNorms } from "../nn/fold.ts";
import { dataProblem } from "../problem.ts";
import { testExamples } from "../table/examples.ts";
import { loadWeights } from "../train/checkpoint.ts";
import { createModel } from "../train/create_model.ts";
import { applyModel } from "../train/gradients.ts";
import { chooseCheckpoint } from "./choose_checkpoint.ts";
import { type MergeRule, mergeViews } from "./merge_views.ts";
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

/** Probabilities of the views of one image, `[views, classes]`, from logits that start at a place. */
function viewProbabilities(
  logits: ArrayLike<number>,
  { start, views, classes }: { readonly start: number; readonly views: number; readonly classes: number },
  activation: Loss["activation"],
): Float64Array {
  const all = new Float64Array(views * classes);
  for (let view = 0; view < views; view++) {
    const at = start + view * classes;
    const row = Float64Array.from({ length: classes }, (_, c) => logits[at + c]!);
    const probabilities = activation === "sigmoid" ? row.map((x) => 1 / (1 + Math.exp(-x))) : softmax(row);
    all.set(probabilities, view * classes);
  }
  return all;
}

function softmax(logits: Float64Array): Float64Array {
  const top = Math.max(...logits);
  const powers = logits.map((value) => Math.exp(value - top));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((value) => value / sum);
}

async function batchLogits(
  model: Model,
  { images, count, views, size, channels }: Batch,
): Promise<Float32Array> {
  const logits = tf.tidy(() =>
    applyModel(model, tf.tensor4d(images, [count * views, size, size, channels]), false)[0]!
  );
  try {
    return await logits.data() as Float32Array;
  } finally {
    logits.dispose();
  }
}

interface PredictParts {
  readonly model: Model;
  readonly loader: Loader;
  readonly classes: number;
  readonly activation: Loss["activation"];
  readonly merge: MergeRule;
  readonly output: Output;
}

/**
 * Probabilities of all images of a loader, merged over each image's views, in the order of the loader.
 *
 * Throws a data problem that names the image when a probability is not a number.
 */
export async function predictAll(parts: PredictParts): Promise<Omit<Predictions, "path">> {
  const { model, loader, classes, activation, merge } = parts;
  const shape = { views: loader.views, classes, exclusive: activation === "softmax" };
  const ids: string[] = [];
  const rows: Float64Array[] = [];
  const labels: Uint8Array[] = [];
  const bar = parts.output.progress("predict", loader.batchCount);
  for await (const batch of loader.batches(0)) {
    const logits = await batchLogits(model, batch);
    for (let row = 0; row < batch.count; row++) {
      const start = row * batch.views * classes;
      const views = viewProbabilities(logits, { start, views: batch.views, classes }, activation);
      if (views.some(Number.isNaN)) {
        throw dataProblem(
          `Cannot predict "${batch.ids[row]}": the model gives no number (NaN)`,
          "Use an earlier checkpoint; training diverged",
        );
      }
      // Ranks need all images; the other rules leave nothing to keep but their result.
      rows.push(merge === "rank" ? views : mergeViews([views], merge, shape)[0]!);
    }
    ids.push(...batch.ids);
    if (batch.labels) labels.push(batch.labels);
    bar.update(batch.index + 1);
  }
  bar.end();
  const probabilities = new Float64Array(rows.length * classes);
  const merged = merge === "rank" ? mergeViews(rows, merge, shape) : rows;
  for (const [row, values] of merged.entries()) probabilities.set(values, row * classes);
  return { ids, classes, labels: joinLabels(labels, probabilities.length), probabilities };
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
  predictions: Omit<Predictions, "path">,
  examples: readonly Example[],
  output: Output,
): Omit<Predictions, "path"> {
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
  { merge = "mean", output }: InferenceRequest,
): Promise<Omit<Predictions, "path">> {
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
    return await predictAll({ model: folded, loader, classes, activation, merge, output });
  } finally {
    if (folded) disposeFolded(folded);
    model.dispose();
  }
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
    const predictions = split === "test" ? fillUnread(read, examples, output) : read;
    await writePredictions(path, { ...predictions, path });
    return { path, checkpoint, images: predictions.ids.length };
  } finally {
    loader.close();
  }
}
