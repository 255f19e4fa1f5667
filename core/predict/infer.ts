import { basename } from "@std/path";
import { checkWritableFile } from "../base/check_writable.ts";
import type { Output } from "../base/output.ts";
import type { Experiment } from "../experiment/experiment.ts";
import type { Loader } from "../data/loader.ts";
import { countViews, type ViewSettings } from "../data/views.ts";
import type { Example, Split } from "../base/example.ts";
import type { Model, TargetKind } from "../plugin/contracts.ts";
import { isExclusive } from "../nn/activate.ts";
import { disposeFolded, foldBatchNorms } from "../nn/fold.ts";
import { configProblem, dataProblem } from "../base/problem.ts";
import { sha256 } from "../base/sha256.ts";
import { loadWeights } from "../run_folder/checkpoint.ts";
import { decisiveConfig } from "../run_folder/config_changes.ts";
import { chooseCheckpoint } from "./choose_checkpoint.ts";
import { type MergeRule, mergeViews } from "./merge_views.ts";
import { predictViews, type ViewPredictor } from "./predict_views.ts";
import { type Predictions, writePredictions } from "./predictions.ts";
import { predictionPath } from "./prediction_path.ts";
import type { Provenance } from "./provenance.ts";

/** Options of {@link infer}. */
export interface InferenceRequest {
  /** `test` when left out. */
  readonly split?: Exclude<Split, "train">;
  /** Test-time augmentation views; by default the four flips of the whole image. */
  readonly views?: Partial<ViewSettings>;
  /** How the predictions of the views are merged; mean when left out. */
  readonly merge?: MergeRule | undefined;
  /**
   * Skip the remaining views of an image when they cannot change which classes exceed this threshold (multi-label) or
   * which class is the argmax (single-label); the prediction is then the mean of the views so far. All views are
   * predicted when left out.
   */
  readonly stop?: number | undefined;
  /** Checkpoint path or name in the run's folder; by default the newest average, else the best, else the last. */
  readonly checkpoint?: string | undefined;
  /** Path of the prediction file; that of `predictionPath` when left out. */
  readonly path?: string | undefined;
}

/** Result of {@link infer}. */
export interface InferenceResult {
  readonly path: string;
  readonly checkpoint: string;
  readonly images: number;
  /** Number of views over all images, and how many of them were skipped by early stopping. */
  readonly views: number;
  readonly viewsLeftOut: number;
}

interface PredictParts extends ViewPredictor {
  readonly loader: Loader;
  readonly merge: MergeRule;
  readonly output: Output;
}

/** Predictions of a loader's images. */
export interface PredictedImages extends Omit<Predictions, "path"> {
  /** Number of views predicted over all images. */
  readonly viewsSeen: number;
}

/**
 * Predicts all images of a loader, merging the views of each image; rows are in the loader's order.
 *
 * Throws a data problem that names the image on a NaN probability.
 */
export async function predictAll(parts: PredictParts): Promise<PredictedImages> {
  const { loader, classes, activation, merge } = parts;
  const exclusive = isExclusive(activation);
  const ids: string[] = [];
  const rows: Float64Array[] = [];
  const labels: (Uint8Array | Float32Array)[] = [];
  let viewsSeen = 0;
  const bar = parts.output.progress("predict", loader.batchCount);
  for await (const batch of loader.batches(0)) {
    for (const [row, probabilities] of (await predictViews(parts, batch)).entries()) {
      checkNumbers(probabilities, batch.ids[row]!);
      const views = probabilities.length / classes;
      viewsSeen += views;
      // Rank averaging needs all images at once; the other rules can merge image by image.
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

function joinLabels(
  parts: readonly (Uint8Array | Float32Array)[],
  length: number,
): Predictions["labels"] {
  const joined = parts[0] instanceof Float32Array ? new Float32Array(length) : new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return at === length ? joined : null;
}

/** Fills missing and unreadable test images with the mean prediction, so that a submission can still be made. */
function fillUnread(
  predictions: PredictedImages,
  testIds: readonly string[],
  output: Output,
): PredictedImages {
  const read = new Set(predictions.ids);
  const unread = testIds.filter((id) => !read.has(id));
  if (unread.length === 0 || read.size === 0) return predictions;
  output.warn(
    `${unread.length} test images get the mean probabilities of the others: ${unread.slice(0, 5).join(", ")}`,
  );
  const { classes, probabilities } = predictions;
  const mean = new Float64Array(classes);
  for (const [i, value] of probabilities.entries()) mean[i % classes]! += value / read.size;
  const filled = new Float64Array((read.size + unread.length) * classes);
  filled.set(probabilities);
  for (const index of unread.keys()) filled.set(mean, (read.size + index) * classes);
  return { ...predictions, ids: [...predictions.ids, ...unread], probabilities: filled };
}

/** Divides the evaluation batch size by the number of views, to keep memory use constant. */
function openLoader(
  experiment: Experiment,
  examples: readonly Example[],
  { views }: InferenceRequest,
): Promise<Loader> {
  const settings = viewSettings(views);
  const batchSize = Math.max(1, Math.floor(experiment.config.eval.batch_size / countViews(settings)));
  return experiment.loader({ examples, split: "val", views: settings, batchSize, shuffle: false });
}

async function predictLoader(
  experiment: Experiment,
  parts: { loader: Loader; checkpoint: string },
  { merge = "mean", stop }: InferenceRequest,
): Promise<PredictedImages> {
  const { output } = experiment;
  const { loader, checkpoint } = parts;
  const { classes: { length: classes }, target } = await experiment.layout();
  const model = await experiment.model(loader.size);
  let folded: Model | null = null;
  try {
    await loadWeights(model, checkpoint);
    folded = foldBatchNorms(model);
    const { activation, scale } = await experiment.loss();
    const rule = stop === undefined ? null : { threshold: target === "class_set" ? stop : null };
    const meaning = { activation, ...(scale && { scale }) };
    return await predictAll({ model: folded, loader, classes, ...meaning, merge, stop: rule, output });
  } finally {
    if (folded) disposeFolded(folded);
    model.dispose();
  }
}

function checkStop({ stop, merge = "mean" }: InferenceRequest, target: TargetKind): void {
  if (stop === undefined) return;
  if (merge !== "mean") {
    throw configProblem(
      `Cannot leave out views whose probabilities are merged by "${merge}": only the mean tells early what it will be`,
      "Leave --tta_stop out, or merge by mean",
    );
  }
  if (target !== "value" && target !== "probabilities") return;
  throw configProblem(
    `Cannot leave out views: with the target ${target} each of them counts`,
    "Leave --tta_stop out",
  );
}

/** What a prediction file is made of. */
function provenanceOf(
  { config }: Experiment,
  { views, merge = "mean", stop }: InferenceRequest,
  made: { readonly split: Split; readonly checkpoint: string },
): Provenance {
  const decisive = sha256(JSON.stringify(decisiveConfig(config)));
  return { config: decisive, ...made, views: { ...viewSettings(views), merge, stop } };
}

/** Four flips of the whole image where nothing else is asked for. */
function viewSettings(views: InferenceRequest["views"]): ViewSettings {
  return { orientations: 4, zooms: [], corners: 0, ...views };
}

/**
 * Predicts a split of an experiment's data with one of its checkpoints and writes the predictions, keyed by Id, with
 * the targets if known. Uses the validation transform, applied to each view. The same config, checkpoint and backend
 * give the same bytes for any number of workers.
 *
 * Throws data problems on a missing checkpoint, a checkpoint of another architecture, an empty split and missing
 * images, and a config problem on a transform that does not support several views, before anything is written.
 */
export async function infer(
  experiment: Experiment,
  request: InferenceRequest = {},
): Promise<InferenceResult> {
  const { config, output } = experiment;
  const { split = "test", path = predictionPath(config.train.dir, split) } = request;
  await checkWritableFile(path, "the predictions");
  const checkpoint = await chooseCheckpoint(config.train.dir, request.checkpoint);
  const layout = await experiment.layout();
  checkStop(request, layout.target);
  const examples = split === "test" ? await experiment.testExamples() : await experiment.examples(split);
  await experiment.startBackend();
  const loader = await openLoader(experiment, examples, request);
  output.line(
    `${experiment.path}: ${examples.length} images of ${split}, ${loader.views} views, ${
      basename(checkpoint)
    }`,
  );
  try {
    const read = await predictLoader(experiment, { loader, checkpoint }, request);
    const views = read.ids.length * loader.views, viewsLeftOut = views - read.viewsSeen;
    if (request.stop !== undefined) {
      output.line(`left out ${viewsLeftOut} of ${views} views, which could not change the answer`);
    }
    const predictions = split === "test" ? fillUnread(read, await layout.testIds(), output) : read;
    const provenance = provenanceOf(experiment, request, { split, checkpoint });
    await writePredictions(path, { ...predictions, path }, { provenance });
    return { path, checkpoint, images: predictions.ids.length, views, viewsLeftOut };
  } finally {
    loader.close();
  }
}
