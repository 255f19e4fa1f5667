import { basename } from "@std/path";
import { checkWritableFile } from "../base/check_writable.ts";
import type { Experiment } from "../experiment/experiment.ts";
import { checkViews, countViews, type ViewSettings } from "../data/views.ts";
import type { Example, Split } from "../base/example.ts";
import type { TargetKind } from "../plugin/contracts.ts";
import { configProblem } from "../base/problem.ts";
import { sha256 } from "../base/sha256.ts";
import { VERSION } from "../base/version.ts";
import type { TrainedSplit } from "../layout/trained_split.ts";
import { checkpointSplit, checkpointTeachers, loadWeights } from "../run_folder/checkpoint.ts";
import { decisiveConfig } from "../run_folder/config_changes.ts";
import { chooseCheckpoint } from "./choose_checkpoint.ts";
import { withFoldedForward } from "./folded_forward.ts";
import { chooseViews, isBetter, scoreOf, type ViewChoice } from "./choose_views.ts";
import { fillUnread } from "./fill_unread.ts";
import type { MergeRule } from "./merge_views.ts";
import { type ImagePredictor, predictAll, type PredictedImages } from "./predict_images.ts";
import { batchesOf, type Part } from "./batches_of.ts";
import { type Predictions, writePredictions } from "../predictions/predictions.ts";
import { predictionPath } from "./prediction_path.ts";
import type { Provenance } from "../predictions/provenance.ts";
import type { Teacher } from "../predictions/teachers.ts";
import { openViewLoader, type RequestedViews, viewSettings } from "./requested_views.ts";

/** Options of {@link infer}. */
export interface InferenceRequest {
  /** `test` when left out; of train images a model's predictions are targets to learn from. */
  readonly split?: Split;
  /** Test-time augmentation views; by default as many of the four flips of the whole image as training showed. */
  readonly views?: RequestedViews;
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
  /** How the views were chosen; null when they were not. */
  readonly choice: ViewChoice | null;
}

/** Predictions of a split. */
interface PredictedSplit extends PredictedImages {
  readonly probabilities: Float64Array;
  /** Number of views of all images together, predicted or left out. */
  readonly views: number;
}

/** What a checkpoint tells of the data that trained it. */
interface TrainedOn {
  readonly trainedSplit: TrainedSplit | null;
  readonly teachers: readonly Teacher[] | null | undefined;
}

/** Opens the model of a checkpoint, without batch normalisations, while it is used; tells which split trained it. */
async function withPredictor<Result>(
  experiment: Experiment,
  { merge = "mean", stop, checkpoint }: InferenceRequest & { readonly checkpoint: string },
  use: (predictor: ImagePredictor, trainedOn: TrainedOn) => Promise<Result>,
): Promise<Result> {
  const { output } = experiment;
  const { classes: { length: classes }, target } = await experiment.layout();
  const model = await experiment.model((await experiment.transform("val")).size);
  try {
    const file = await loadWeights(model, checkpoint);
    const trainedOn = { trainedSplit: checkpointSplit(file), teachers: checkpointTeachers(file) };
    const { activation, scale } = await experiment.loss();
    const rule = stop === undefined ? null : { threshold: target === "class_set" ? stop : null };
    const meaning = { classes, activation, ...(scale && { scale }), merge, stop: rule, output };
    return await withFoldedForward(
      experiment,
      model,
      (forward) => use({ forward, ...meaning }, trainedOn),
    );
  } finally {
    model.dispose();
  }
}

/** Warns where the labels are known and say that one view alone is better than all together. */
async function compareWithOne(
  experiment: Experiment,
  predicted: PredictedImages,
  { split, views }: { readonly split: Split; readonly views: ViewSettings },
): Promise<void> {
  const [all, one] = predicted.merged;
  if (predicted.labels === null || all === undefined || one === undefined) return;
  const metric = await experiment.metric();
  const together = scoreOf(metric, predicted, all), alone = scoreOf(metric, predicted, one);
  if (together === null || alone === null || !isBetter(metric, alone, together)) return;
  experiment.output.warn(
    `${countViews(views)} views of each image of ${split} score worse than one: ${metric.title} ` +
      `${together.toFixed(4)} instead of ${alone.toFixed(4)}; predict with --num_tta=1 or --num_tta=auto`,
  );
}

async function predictSplit(
  experiment: Experiment,
  predictor: ImagePredictor,
  given: {
    examples: readonly Example[];
    views: ViewSettings;
    split: Split;
    checkpoint: string;
    part: Part | undefined;
  },
): Promise<PredictedSplit> {
  const { examples, views, split, checkpoint, part } = given;
  const loader = await openViewLoader(experiment, examples, views);
  experiment.output.line(
    `${experiment.path}: ${
      part ? `part ${part.index} of ${part.count} of ` : ""
    }${examples.length} images of ` +
      `${split}, ${loader.views === 1 ? "1 view" : `${loader.views} views`}, ${basename(checkpoint)}`,
  );
  try {
    // A transform may give views of its own; what is asked for multiplies them.
    const several = countViews(views), own = loader.views / several;
    const one = Array.from({ length: own }, (_, view) => view);
    const shown = part ? batchesOf(loader, part) : loader;
    const predicted = await predictAll(predictor, shown, several > 1 && !part ? [null, one] : [null]);
    if (!part) await compareWithOne(experiment, predicted, { split, views });
    return { ...predicted, probabilities: predicted.merged[0]!, views: predicted.ids.length * loader.views };
  } finally {
    loader.close();
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
  { merge = "mean", stop }: InferenceRequest,
  made: {
    readonly split: Split;
    readonly checkpoint: string;
    readonly views: ViewSettings;
    readonly choice: ViewChoice | null;
  } & TrainedOn,
): Provenance {
  const { views, choice, trainedSplit, teachers, ...rest } = made;
  const decisive = sha256(JSON.stringify(decisiveConfig(config)));
  const chosen = choice && { metric: choice.metric, images: choice.images, scores: choice.scores };
  return {
    config: decisive,
    ...rest,
    views: { ...views, merge, stop, ...(chosen && { chosen }) },
    podium: VERSION,
    split_file: trainedSplit,
    ...(teachers === undefined ? {} : { teachers }),
  };
}

/** Predictions of a split, or of a part of it, before missing test images are filled in. */
export interface UnfilledPredictions extends Omit<Predictions, "path"> {
  /** Number of views over all images, and how many of them were skipped by early stopping. */
  readonly views: number;
  readonly viewsLeftOut: number;
  readonly choice: ViewChoice | null;
  readonly provenance: Provenance;
}

/** Where predictions are written. */
function pathOf({ config }: Experiment, { split = "test", path }: InferenceRequest): string {
  return path ?? predictionPath(config.train.dir, split);
}

/** Predicts a split, or a part of its batches; writes nothing, but throws where `path` cannot be written. */
export async function predictRequested(
  experiment: Experiment,
  request: InferenceRequest,
  part?: Part,
): Promise<UnfilledPredictions> {
  const { config, output } = experiment;
  const { split = "test" } = request;
  await checkWritableFile(pathOf(experiment, request), "the predictions");
  const checkpoint = await chooseCheckpoint(config.train.dir, request.checkpoint);
  const layout = await experiment.layout();
  checkStop(request, layout.target);
  const examples = await experiment.predictedExamples(split);
  const asked = await viewSettings(experiment, request.views ?? {});
  checkViews(await experiment.transform("val"), asked, config.transform.name);
  await experiment.startBackend();
  return await withPredictor(experiment, { ...request, checkpoint }, async (predictor, trainedOn) => {
    const isOpen = request.views?.orientations === "auto" && countViews(asked) > 1;
    const choice = isOpen ? await chooseViews(experiment, predictor, asked) : null;
    const views = choice?.best ?? asked;
    const predicted = await predictSplit(experiment, predictor, { examples, views, split, checkpoint, part });
    const viewsLeftOut = predicted.views - predicted.viewsSeen;
    if (request.stop !== undefined) {
      output.line(`left out ${viewsLeftOut} of ${predicted.views} views, which could not change the answer`);
    }
    const { ids, classes, labels, probabilities } = predicted;
    const made = { split, checkpoint, views, choice, ...trainedOn };
    const provenance = provenanceOf(experiment, request, made);
    return { ids, classes, labels, probabilities, views: predicted.views, viewsLeftOut, choice, provenance };
  });
}

/** Fills missing test images in and writes the prediction file of a split. */
export async function writeFilled(
  experiment: Experiment,
  request: InferenceRequest,
  predicted: UnfilledPredictions,
): Promise<InferenceResult> {
  const { classes, labels, provenance, views, viewsLeftOut, choice } = predicted;
  const path = pathOf(experiment, request), { split = "test" } = request;
  const { ids, probabilities } = split === "test"
    ? fillUnread(predicted, await (await experiment.layout()).testIds(), experiment.output)
    : predicted;
  await writePredictions(path, { path, ids, classes, labels, probabilities }, { provenance });
  return { path, checkpoint: provenance.checkpoint, images: ids.length, views, viewsLeftOut, choice };
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
  return await writeFilled(experiment, request, await predictRequested(experiment, request));
}
