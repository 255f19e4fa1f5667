import type * as tf from "@tensorflow/tfjs";
import type { Example, ImageFiles, LabelRow, Source, Split } from "../base/example.ts";
import type { Json } from "../base/json.ts";
import type { Pixels } from "../base/pixels.ts";
import type { Random } from "../base/random.ts";
import type { Activation } from "../nn/activate.ts";
import type { Augmentation, AugmentationNature } from "../image/augmentation.ts";

// Targets ------------------------------------------------------------------------------------------------------------

/**
 * What the answer to a picture is, and with it what `labels` of an example holds.
 *
 * - `class_set`: the indices of any number of classes, ascending
 * - `class`: the index of exactly one class
 * - `grade`: the index of exactly one step of a scale, from its lower to its upper end
 * - `value`: one number for each entry of the layout's `classes`, which are then the names of what is measured
 * - `probabilities`: one probability for each class
 */
export type TargetKind = "class_set" | "class" | "grade" | "value" | "probabilities";

// Layouts ------------------------------------------------------------------------------------------------------------

/** What a layout is made from. */
export interface LayoutContext {
  /** The data folder, as in `data.dir`. */
  readonly dir: string;
}

/** How predictions become a submission file. */
export interface SubmissionFormat {
  readonly idColumn: string;
  readonly predictionColumn: string;
  /** The cell for a set of predicted class indices (one index for single-label data). */
  format(labels: readonly number[]): string;
  /** The class indices in a cell, the reverse of `format`. Throws a data problem on an unknown class. */
  parse(cell: string): number[];
}

/** Where a competition keeps its images and labels. */
export interface Layout {
  readonly name: string;
  readonly dir: string;
  readonly classes: readonly string[];
  /** Names of the channels in order, such as red, green, blue, yellow. */
  readonly channels: readonly string[];
  /** The channel that upstream's hashes look at, or null to hash the whole picture as gray. */
  readonly hashChannel: number | null;
  /** What is to be predicted of a picture. */
  readonly target: TargetKind;
  readonly submission: SubmissionFormat;
  /** Labels of train and external, sorted by id. Throws a data problem on a missing column or an unknown class. */
  readLabels(): Promise<LabelRow[]>;
  /** Pictures found on disk, sorted by id; labelled or not. */
  listImages(source: Source): Promise<ImageFiles[]>;
  /** The files of one picture. Throws a data problem when the id leaves its folder or the picture is not there. */
  filesOf(id: string, source: Source): Promise<ImageFiles>;
  /** A gray file with one channel of a picture beside its own files, or null; hashes prefer it, for it decodes faster. */
  channelFile?(id: string, source: Source, channel: number): Promise<string | null>;
  /** Ids that the submission must hold, in the order of sample_submission. */
  testIds(): Promise<string[]>;
  /** What must stay in one fold beside duplicates (a person, a plate), or null. */
  groupOf(id: string): string | null;
}

// Datasets -----------------------------------------------------------------------------------------------------------

/** What a dataset is made from. */
export interface DatasetContext {
  readonly layout: Layout;
}

/** A view of the data that a config names. */
export interface Dataset {
  /** Examples of a split, sorted by id. Throws a data problem on an empty split. */
  examples(split: Split): Promise<Example[]>;
}

// Augmentations and transforms ---------------------------------------------------------------------------------------

/** One entry of a policy as upstream writes it: `["Rotate", { limit: 31, p: 0.25 }]`. */
export type OperationSpec = readonly [name: string, params: Readonly<Record<string, unknown>>];

/** What a transform is made from. */
export interface TransformContext {
  readonly split: Split;
  readonly channels: number;
  /** Makes an augmentation by its plugin name. */
  augmentation(name: string, params: Readonly<Record<string, unknown>>): Augmentation;
}

/** Makes network input out of a picture. */
export interface Transform {
  /** How many views one picture gives. */
  readonly views: number;
  /**
   * False where what comes out may not be turned or mirrored, nor be made of a part of the picture: test-time augmentation
   * then says so. A transform with one view is taken to be viewable.
   */
  readonly viewable?: boolean;
  /** Side of a view in pixels. */
  readonly size: number;
  /** float32 of `[views, size, size, channels]`. */
  apply(pixels: Pixels, random: Random): Float32Array;
}

// Models -------------------------------------------------------------------------------------------------------------

/** What a model is made from. */
export interface ModelContext {
  readonly classes: number;
  readonly channels: number;
  /** Side of the input in pixels; models accept any. */
  readonly size: number;
  /** Seed of the initial weights. */
  readonly seed: number;
  /** Makes the model of another plugin, for wrappers. */
  model(name: string, params: Readonly<Record<string, unknown>>): tf.LayersModel;
}

/** A `tf.LayersModel` from `[batch, size, size, channels]` to logits `[batch, classes]`; further outputs are auxiliary
 * logits that count in training only. Layers carry PyTorch's names (`layer1.0.conv1`). */
export type Model = tf.LayersModel;

// Losses -------------------------------------------------------------------------------------------------------------

/** What a loss is made from. */
export interface LossContext {
  readonly classes: number;
  readonly target: TargetKind;
}

/** A training objective. */
export interface Loss {
  /** How logits become probabilities; `identity` where they are the predicted values themselves. */
  readonly activation: Activation;
  /**
   * The mean loss over logits and targets, both `[batch, classes]`. Targets are 1 for each class of a picture and 0 for the
   * others (shares of 1 when pictures are mixed), probabilities, or values.
   */
  compute(logits: tf.Tensor2D, targets: tf.Tensor2D): tf.Scalar;
}

// Metrics ------------------------------------------------------------------------------------------------------------

/** What a metric is made from. */
export interface MetricContext {
  readonly classes: number;
  readonly target: TargetKind;
  /** Whether the probabilities of a picture add up to 1, so that the largest one is the answer. */
  readonly exclusive: boolean;
}

/** Predictions with the truth, row by row. */
export interface ScoredPredictions {
  /** Pictures. */
  readonly rows: number;
  /** Probabilities or values, `[rows, classes]`. */
  readonly predictions: Float64Array;
  /** Of the same shape: 1 for each class of a picture and 0 for the others, probabilities, or values. */
  readonly targets: Float32Array;
}

/** A score of predictions. */
export interface Metric {
  score(scored: ScoredPredictions): number;
}

// Optimizers and schedulers ------------------------------------------------------------------------------------------

/** What an optimizer is made from: its trainable parameters by name. */
export interface OptimizerContext {
  readonly variables: ReadonlyMap<string, tf.Variable>;
  /** What the learning rate of a parameter is multiplied by (a slower backbone); 1 where absent. */
  rateFactor?(parameter: string): number;
}

/** Updates parameters; its state is keyed by parameter name and never by position. */
export interface Optimizer {
  /** The learning rate of the config, before any schedule. */
  readonly learningRate: number;
  /** One step. `gradients` holds one entry per trained parameter; they stay the caller's. */
  step(gradients: Readonly<Record<string, tf.Tensor>>, learningRate: number): void;
  /** Steps done so far. */
  readonly steps: number;
  /** State tensors by name, such as `exp_avg.conv1.weight`; they stay the optimizer's. */
  state(): Map<string, tf.Tensor>;
  /** Takes up a saved state, copying the tensors. Throws when a name or shape does not fit. */
  restore(state: ReadonlyMap<string, tf.Tensor>, steps: number): void;
  dispose(): void;
}

/** What a scheduler is made from. */
export interface SchedulerContext {
  readonly learningRate: number;
  readonly epochs: number;
  /** Optimizer steps in one epoch. */
  readonly stepsPerEpoch: number;
  /** Which scores are better: `train.metric` says it. */
  readonly better: "higher" | "lower";
}

/** Where a training run stands. */
export interface Progress {
  readonly epoch: number;
  /** Optimizer steps done in this epoch. */
  readonly step: number;
}

/** The learning rate over time. */
export interface Scheduler {
  learningRate(at: Progress): number;
  /** Told once after each epoch with its validation score by `train.metric`. */
  observe(score: number): void;
  /** What a resume needs; schedulers that are functions of progress alone give null. */
  state(): Json;
  restore(state: Json): void;
}

// Backends -----------------------------------------------------------------------------------------------------------

/** What a backend is made from. */
export interface BackendContext {
  /** Threads to use; 0 leaves it to the backend. */
  readonly threads: number;
  /** Whether `auto` asks: a backend that would merely emulate its device then says that it is unavailable. */
  readonly automatic?: boolean;
}

/** One run of a step: what is computed, and which variables it may read and assign. */
export interface RecordableStep {
  /** Float32 tensors that differ from run to run. */
  readonly inputs: readonly tf.Tensor[];
  readonly variables: readonly tf.Variable[];
  /** Computes the results, float32, and may assign the variables. */
  compute(): tf.Tensor[];
}

/** How a recorder works. */
export interface RecorderOptions {
  /** Shapes of inputs that are recorded at most, 4 when left out; a recording holds about a step's memory. */
  readonly shapes?: number;
  /** After so many replays a step is computed once more and compared; 500 when left out. */
  readonly checkEvery?: number;
  /** Told once why steps are computed operation by operation from now on. */
  readonly onRefusal?: (reason: string) => void;
}

/** Runs a step that is the same each time, replayed as a whole once it was seen to be. */
export interface Recorder {
  /** One run of the step; the caller disposes the results. */
  run(step: RecordableStep): tf.Tensor[];
  dispose(): void;
}

/** What tensors are computed on. */
export interface Backend {
  /** Why it cannot start here, or null when it can. */
  unavailable(): Promise<string | null>;
  /** Registers kernels and makes it the current backend. Returns one line to tell the user. */
  start(): Promise<string>;
  /** Makes what records and replays steps, once the backend has started; absent where it cannot. */
  recorder?(options: RecorderOptions): Recorder;
}

// Hashes -------------------------------------------------------------------------------------------------------------

/** A gray picture as hashes see it: decoded once, resized once per size. */
export interface GrayPicture {
  /** `[height, width, 1]`, full size. */
  readonly pixels: Pixels;
  /** `[height, width]` after Pillow's 8-bit Lanczos resize; the same array for the same size, not to be written to. */
  resized(width: number, height: number): Uint8Array;
}

/** A hash of one picture. */
export interface HashValue {
  /** Lowercase hex, first bit first. */
  readonly hex: string;
  /** A bit hangs on the last digits of a float64, so another machine may set it otherwise. */
  readonly lowConfidence: boolean;
}

/** A perceptual hash: pictures that look alike have hashes that differ in few bits. */
export interface ImageHash {
  /** Length of the hash, a multiple of 4. */
  readonly bits: number;
  compute(picture: GrayPicture): HashValue;
}

// The table of kinds -------------------------------------------------------------------------------------------------

/** For each kind of plugin: what it is created from, what it makes, and what a plugin file declares beside that. */
export interface PluginKinds {
  models: { context: ModelContext; made: Model; extra: Record<never, never> };
  augmentations: {
    context: Record<never, never>;
    made: Augmentation;
    extra: {
      readonly nature: AugmentationNature;
      /** Rough milliseconds for 512 x 512 x 4. */
      readonly cost: number;
      /** Upstream's search space: [low, high] is a range, { choice } a list, anything else fixed. */
      readonly space?: Readonly<Record<string, unknown>>;
    };
  };
  transforms: { context: TransformContext; made: Transform; extra: Record<never, never> };
  layouts: {
    context: LayoutContext;
    made: Promise<Layout>;
    extra: {
      /** Whether a folder looks like this layout; the first that says yes is taken, in order of `rank`. */
      detect(dir: string): Promise<boolean>;
      readonly rank: number;
    };
  };
  datasets: {
    context: DatasetContext;
    made: Dataset;
    extra: {
      /** Whether a config with this dataset asks for an augmentation search, with or without a `search` section. */
      readonly searches?: boolean;
    };
  };
  losses: {
    context: LossContext;
    made: Loss;
    extra: {
      /** The targets that it is a loss for; all but values when left out. */
      readonly targets?: readonly TargetKind[];
    };
  };
  metrics: {
    context: MetricContext;
    made: Metric;
    extra: {
      /** As a person reads it, such as macro F1. */
      readonly title: string;
      readonly better: "higher" | "lower";
      /** The targets that it scores; all but values when left out. */
      readonly targets?: readonly TargetKind[];
      /** The metric that a search compares trainings by, where that is another one. */
      readonly comparedBy?: string;
    };
  };
  optimizers: { context: OptimizerContext; made: Optimizer; extra: Record<never, never> };
  schedulers: { context: SchedulerContext; made: Scheduler; extra: Record<never, never> };
  hashes: { context: Record<never, never>; made: ImageHash; extra: Record<never, never> };
  backends: {
    context: BackendContext;
    made: Backend;
    extra: {
      /** Order in which `auto` tries backends, fastest first; null is never tried by `auto`. */
      readonly rank: number | null;
    };
  };
}

/** The name of a kind, which is also the folder below plugins/. */
export type PluginKind = keyof PluginKinds;
