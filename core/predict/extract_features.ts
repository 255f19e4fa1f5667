import { dirname } from "@std/path";
import * as tf from "@tensorflow/tfjs";
import { checkWritableFile } from "../base/check_writable.ts";
import type { Example, Split } from "../base/example.ts";
import { configProblem } from "../base/problem.ts";
import { sha256, sha256OfFile } from "../base/sha256.ts";
import { checkViews, type ViewSettings } from "../data/views.ts";
import type { Experiment } from "../experiment/experiment.ts";
import type { TrainedSplit } from "../layout/trained_split.ts";
import { pooledFeatures } from "../nn/features.ts";
import type { Model } from "../plugin/contracts.ts";
import {
  checkpointSplit,
  checkpointTeachers,
  loadWeights,
  readCheckpointFile,
} from "../run_folder/checkpoint.ts";
import { decisiveConfig } from "../run_folder/config_changes.ts";
import { applyPretrained } from "../weights/pretrained.ts";
import { weightPath } from "../weights/weight_file.ts";
import { splitWeightOptions } from "../weights/weight_options.ts";
import { chooseCheckpoint } from "./choose_checkpoint.ts";
import { type FeatureOrigin, featurePath, type Features, writeFeatures } from "./feature_file.ts";
import { type Forward, withFoldedForward } from "./folded_forward.ts";
import { predictAll } from "./predict_images.ts";
import { openViewLoader, viewSettings } from "./requested_views.ts";

/** Options of {@link extractFeatures}. */
export interface FeatureRequest {
  /** What to extract the features of. */
  readonly splits: readonly Split[];
  /** Views of each image, whose features are averaged; the upright image alone when left out. */
  readonly views?: Partial<ViewSettings>;
  /** Checkpoint path or name in the run's folder; by default the newest average, else the best, else the last. */
  readonly checkpoint?: string | undefined;
  /** Weights in place of a checkpoint, as `model.params.pretrained` names them. */
  readonly weights?: string | undefined;
  /** The file to write, for a single split; those of `featurePath` when left out. */
  readonly path?: string | undefined;
}

/** A feature file that was written. */
export interface ExtractedFeatures extends Pick<Features, "path" | "width"> {
  readonly split: Split;
  readonly images: number;
  /** Views of each image. */
  readonly views: number;
}

/** What is known of a network's weights. */
type WeightOrigin = Pick<FeatureOrigin, "weights" | "weightsSha256" | "trainedSplit" | "teachers">;

/**
 * What a network with pretrained weights has seen of this data: as for a run that begins with them, a checkpoint of
 * Podium tells, and that of another data folder has seen nothing.
 */
async function seenBefore(
  path: string,
  experiment: Experiment,
): Promise<Pick<WeightOrigin, "trainedSplit" | "teachers">> {
  if (!path.endsWith(".safetensors")) return {};
  const file = await readCheckpointFile(path, "Correct --weights");
  if (!file.metadata.has("podium")) return {};
  const trainedSplit: TrainedSplit | null = checkpointSplit(file), now = await experiment.trainedSplit();
  if (trainedSplit !== null && now !== null && dirname(trainedSplit.path) !== dirname(now.path)) return {};
  const teachers = checkpointTeachers(file);
  return { trainedSplit, ...(teachers !== undefined && { teachers }) };
}

/** Puts the weights that are asked for into a model. */
async function putAskedWeights(
  model: Model,
  experiment: Experiment,
  { checkpoint, weights }: FeatureRequest,
): Promise<WeightOrigin> {
  const { config: { model: { params }, train }, output } = experiment;
  if (weights === undefined) {
    const path = await chooseCheckpoint(train.dir, checkpoint), file = await loadWeights(model, path);
    const teachers = checkpointTeachers(file), learned = teachers === undefined ? {} : { teachers };
    const weightsSha256 = await sha256OfFile(path);
    return { weights: path, weightsSha256, trainedSplit: checkpointSplit(file), ...learned };
  }
  const { options } = splitWeightOptions(params), path = weightPath(weights);
  for (const line of await applyPretrained(model, { ...options, pretrained: weights })) output.line(line);
  return { weights: path, weightsSha256: await sha256OfFile(path), ...await seenBefore(path, experiment) };
}

/** A network up to its pooled features, and how many it gives. */
interface Extractor {
  readonly forward: Forward;
  readonly width: number;
}

/** Opens the network with its weights, without classifier and batch normalisations, while it is used. */
async function withExtractor<Result>(
  experiment: Experiment,
  request: FeatureRequest,
  use: (extractor: Extractor, origin: WeightOrigin) => Promise<Result>,
): Promise<Result> {
  const model = await experiment.model((await experiment.transform("val")).size);
  try {
    const origin = await putAskedWeights(model, experiment, request);
    const features = pooledFeatures(model);
    const pooling = tf.model({ inputs: model.inputs, outputs: features, name: model.name });
    return await withFoldedForward(
      experiment,
      pooling,
      (forward) => use({ forward, width: features.shape[1]! }, origin),
    );
  } finally {
    model.dispose();
  }
}

/** Features of examples, averaged over their views; rows sorted by Id. */
async function featuresOf(
  experiment: Experiment,
  { forward, width }: Extractor,
  { examples, views }: { readonly examples: readonly Example[]; readonly views: ViewSettings },
): Promise<Pick<Features, "ids" | "values" | "width"> & { readonly views: number }> {
  const loader = await openViewLoader(experiment, examples, views);
  try {
    // What a network without its classifier gives is averaged as predictions of values are.
    const meaning = { classes: width, activation: "identity", merge: "mean", stop: null } as const;
    const { ids, merged } = await predictAll({ forward, ...meaning, output: experiment.output }, loader);
    return { ids, values: Float32Array.from(merged[0]!), width, views: loader.views };
  } finally {
    loader.close();
  }
}

function checkRequest({ splits, path, checkpoint, weights }: FeatureRequest): void {
  if (path !== undefined && splits.length > 1) {
    throw configProblem(
      `Cannot write the features of ${splits.length} splits to "${path}"`,
      "Name one split",
    );
  }
  if (checkpoint === undefined || weights === undefined) return;
  throw configProblem(
    `Cannot take both the checkpoint "${checkpoint}" and the weights "${weights}"`,
    "Name one of them",
  );
}

/**
 * Writes the features that a config's network pools from images, in front of its classifier: float32, keyed by Id, a
 * file for each split. The images go through the loader, the validation transform and the views of inference.
 *
 * @throws Problem (data) on missing weights, weights of another architecture, an empty split and missing images, and
 * Problem (config) on a transform that does not support several views, before anything is written
 */
export async function extractFeatures(
  experiment: Experiment,
  request: FeatureRequest,
): Promise<ExtractedFeatures[]> {
  checkRequest(request);
  const { config, output } = experiment, { splits } = request;
  const pathOf = (split: Split) => request.path ?? featurePath(config.train.dir, split);
  for (const split of splits) await checkWritableFile(pathOf(split), "the features");
  const views = await viewSettings(experiment, { orientations: 1, ...request.views });
  checkViews(await experiment.transform("val"), views, config.transform.name);
  const parts: { readonly split: Split; readonly examples: readonly Example[] }[] = [];
  for (const split of splits) parts.push({ split, examples: await experiment.predictedExamples(split) });
  await experiment.startBackend();
  return await withExtractor(experiment, request, async (extractor, weights) => {
    const written: ExtractedFeatures[] = [];
    for (const { split, examples } of parts) {
      output.line(`${experiment.path}: ${examples.length} images of ${split}, ${weights.weights}`);
      const { views: seen, ...features } = await featuresOf(experiment, extractor, { examples, views });
      const path = pathOf(split), decisive = sha256(JSON.stringify(decisiveConfig(config)));
      await writeFeatures({
        path,
        ...features,
        origin: { ...weights, config: decisive, split, views: { ...views } },
      });
      written.push({ path, split, images: features.ids.length, width: features.width, views: seen });
    }
    return written;
  });
}
