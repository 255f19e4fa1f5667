import type * as tf from "@tensorflow/tfjs";
import type { Example, ImageFiles, LabelRow, Source, Split } from "../base/example.ts";
import type { DeepPixels, Pixels } from "../base/pixels.ts";
import type { Random } from "../base/random.ts";
import type { Activation, ValueScale } from "../nn/activate.ts";
import type { Augmentation, AugmentationNature } from "../image/augmentation.ts";
import type { Decoder } from "../image/decoders/image_decoder.ts";
import type { Orientation } from "../image/orient.ts";
import type { Logger } from "./logger_contracts.ts";
import type {
  Backend,
  BackendContext,
  Optimizer,
  OptimizerContext,
  Scheduler,
  SchedulerContext,
} from "./training_contracts.ts";

export type * from "./logger_contracts.ts";
export type * from "./training_contracts.ts";

// Targets ------------------------------------------------------------------------------------------------------------

/**
 * The kind of prediction target; determines what `labels` of an example holds.
 *
 * - `class_set` (multi-label): any number of class indices, ascending
 * - `class` (single-label): one class index
 * - `grade` (ordinal): one index on an ordered scale
 * - `value` (regression): one number per entry of the layout's `classes`, which then name the measured quantities
 * - `probabilities` (soft labels): one probability per class
 */
export type TargetKind = "class_set" | "class" | "grade" | "value" | "probabilities";

// Layouts ------------------------------------------------------------------------------------------------------------

/** Context of a layout plugin's `create`. */
export interface LayoutContext {
  /** The data folder, as in `data.dir`. */
  readonly dir: string;
}

/** Format of the submission file. */
export interface SubmissionFormat {
  /**
   * Path of the sample submission, whose header, Ids and order a submission must have; null when there is none. The
   * file may not exist.
   */
  readonly sample: string | null;
  /** Column of the Ids where no sample names one. */
  readonly idColumn: string;
  /** Column of the predictions where no sample names one. */
  readonly predictionColumn: string;
  /** Formats predicted class indices as a cell (one index for single-label data). */
  format(labels: readonly number[]): string;
  /** Parses a cell into class indices, the inverse of `format`. Throws a data problem on an unknown class. */
  parse(cell: string): number[];
}

/** The folder structure of a dataset: where images and labels are, its classes, its submission format. */
export interface Layout {
  readonly name: string;
  readonly dir: string;
  /** Parameters of the layout with what it found in the folder filled in; absent when it has none. */
  readonly params?: Readonly<Record<string, unknown>>;
  readonly classes: readonly string[];
  /** Channel names in order, such as red, green, blue, yellow. */
  readonly channels: readonly string[];
  /** Channel that the perceptual hashes use, or null to hash the grayscale image. */
  readonly hashChannel: number | null;
  /** Kind of prediction target. */
  readonly target: TargetKind;
  readonly submission: SubmissionFormat;
  /**
   * Labels of the train and external images, sorted by id. Throws a data problem on a missing column or unknown class.
   */
  readLabels(): Promise<LabelRow[]>;
  /** All images on disk, labelled or not, sorted by id. */
  listImages(source: Source): Promise<ImageFiles[]>;
  /** The files of one image. Throws a data problem when the image is missing or the id points outside its folder. */
  filesOf(id: string, source: Source): Promise<ImageFiles>;
  /** A separate grayscale file of one channel, or null. Hashing prefers it because it decodes faster. */
  channelFile?(id: string, source: Source, channel: number): Promise<string | null>;
  /** Ids of the test images to predict, in the order of the sample submission. */
  testIds(): Promise<string[]>;
  /** Submission Id of an image where several images share one; the image's own Id when left out. */
  submissionIdOf?(id: string, source: Source): string;
  /** Group key of an image (a person, a plate) that must stay within one fold, or null. */
  groupOf(id: string): string | null;
}

// Datasets -----------------------------------------------------------------------------------------------------------

/** Context of a dataset plugin's `create`. */
export interface DatasetContext {
  readonly layout: Layout;
  /** Tells the user what is odd about the data but no reason to stop; nobody hears it when left out. */
  readonly warn?: (message: string) => void;
  /** Whether missing images are left out, as `data.on_broken` says; a data problem when left out. */
  readonly onBroken?: "fail" | "skip";
}

/** Selects the examples of each split. */
export interface Dataset {
  /** Examples of a split, sorted by id. Throws a data problem on an empty split. */
  examples(split: Split): Promise<Example[]>;
  /**
   * The split file and the value of its column Split whose rows are trained on. Checkpoints and prediction files record
   * it; without it predictions cannot be joined out of fold.
   */
  readonly trainedOn?: { readonly path: string; readonly rows: string };
}

// Augmentations and transforms ---------------------------------------------------------------------------------------

/** An augmentation operation of a policy in upstream's format: `["Rotate", { limit: 31, p: 0.25 }]`. */
export type OperationSpec = readonly [name: string, params: Readonly<Record<string, unknown>>];

/** Context of a transform plugin's `create`. */
export interface TransformContext {
  readonly split: Split;
  readonly channels: number;
  /** Creates an augmentation by plugin name. */
  augmentation(name: string, params: Readonly<Record<string, unknown>>): Augmentation;
}

/** Converts an image to network input: augmentation, resize, normalisation. */
export interface Transform {
  /** Number of views per image. */
  readonly views: number;
  /**
   * False when the output must not be flipped or rotated, nor be computed from a crop; test-time augmentation then
   * throws. Defaults to true for a transform with one view. Of several views it allows flips and rotations alone.
   */
  readonly viewable?: boolean;
  /**
   * Orientations in which the transform shows pictures, upright among them. Those of the train split are what a model has
   * learned, so test-time augmentation takes them by default. Unknown when left out: one view is then the default.
   */
  readonly orientations?: readonly Orientation[];
  /** Side of the output in pixels. */
  readonly size: number;
  /** Returns float32 `[views, size, size, channels]`. */
  apply(pixels: Pixels, random: Random): Float32Array;
  /** As `apply` for 16-bit pictures; with `data.depth: 16` a transform without it is refused. */
  applyDeep?(pixels: DeepPixels, random: Random): Float32Array;
}

// Models -------------------------------------------------------------------------------------------------------------

/** Context of a model plugin's `create`. */
export interface ModelContext {
  readonly classes: number;
  readonly channels: number;
  /** Side of the input in pixels; models accept any size. */
  readonly size: number;
  /** Seed of the weight initialisation. */
  readonly seed: number;
  /** Creates the model of another plugin, for wrappers. */
  model(name: string, params: Readonly<Record<string, unknown>>): Model;
}

/**
 * Any name for the group of layers that a parameter (`layer1.0.conv1.weight`) belongs to, for `train.layer_decay`: a
 * stem, a block, the head. Null puts it into the group of the parameter before it; undefined leaves it to its name, of
 * which the first part and the numbers after it (`layer1.0`) make the group.
 */
export type LayerGroup = (parameter: string) => string | null | undefined;

/**
 * A `tf.LayersModel` from `[batch, size, size, channels]` to logits `[batch, classes]`; additional outputs are auxiliary
 * logits used only in training. Layers have PyTorch's names (`layer1.0.conv1`).
 */
export type Model = tf.LayersModel & {
  /** Where the groups of layers are others than those derived from all names. */
  readonly layerGroup?: LayerGroup | undefined;
};

// Losses -------------------------------------------------------------------------------------------------------------

/** Context of a loss plugin's `create`. */
export interface LossContext {
  readonly classes: number;
  readonly target: TargetKind;
}

/** A loss function. */
export interface Loss {
  /** Activation that turns logits into probabilities, or into values for regression; see {@link Activation}. */
  readonly activation: Activation;
  /** Scale of the values where the outputs are standardised; with the activation `identity` only. */
  readonly scale?: ValueScale;
  /**
   * Mean loss over logits and targets, both `[batch, classes]`. Targets are multi-hot labels (fractional with mixup),
   * probabilities, or regression values.
   */
  compute(logits: tf.Tensor2D, targets: tf.Tensor2D): tf.Scalar;
}

// Metrics ------------------------------------------------------------------------------------------------------------

/** Context of a metric plugin's `create`. */
export interface MetricContext {
  readonly classes: number;
  readonly target: TargetKind;
  /** Whether the probabilities of an image sum to 1 (softmax, grades), so that the prediction is the argmax. */
  readonly exclusive: boolean;
}

/** Predictions and targets. */
export interface ScoredPredictions {
  /** Number of images. */
  readonly rows: number;
  /** Probabilities or regression values, `[rows, classes]`. */
  readonly predictions: Float64Array;
  /** Same shape: multi-hot labels, probabilities, or regression values. */
  readonly targets: Float32Array;
}

/** A metric. */
export interface Metric {
  /** Display name where it tells parameters, such as MAP@5; the plugin's `title` when left out. */
  readonly title?: string;
  /** The score; NaN where it is undefined, such as an AUC without positives. */
  score(scored: ScoredPredictions): number;
}

// Hashes -------------------------------------------------------------------------------------------------------------

/** A grayscale image for hashing: decoded once, resized once per size. */
export interface GrayPicture {
  /** `[height, width, 1]`, full size. */
  readonly pixels: Pixels;
  /** `[height, width]` after Pillow's 8-bit Lanczos resize; cached per size, do not modify. */
  resized(width: number, height: number): Uint8Array;
}

/** The hash of an image. */
export interface HashValue {
  /** Lowercase hex, first bit first. */
  readonly hex: string;
  /** A bit depends on float64 rounding, so that another machine may compute it differently. */
  readonly lowConfidence: boolean;
}

/** A perceptual hash: similar images have hashes with a small Hamming distance. */
export interface ImageHash {
  /** Length of the hash in bits, a multiple of 4. */
  readonly bits: number;
  compute(picture: GrayPicture): HashValue;
}

// The table of kinds -------------------------------------------------------------------------------------------------

/** For each kind of plugin: the context of `create`, its result, and further fields that a plugin file declares. */
export interface PluginKinds {
  models: { context: ModelContext; made: Model; extra: Record<never, never> };
  augmentations: {
    context: Record<never, never>;
    made: Augmentation;
    extra: {
      readonly nature: AugmentationNature;
      /** Approximate milliseconds for a 512 x 512 x 4 image. */
      readonly cost: number;
      /** Search space: [low, high] is a range, { choice } a list, anything else a fixed value. */
      readonly space?: Readonly<Record<string, unknown>>;
    };
  };
  transforms: { context: TransformContext; made: Transform; extra: Record<never, never> };
  layouts: {
    context: LayoutContext;
    made: Promise<Layout>;
    extra: {
      /** Whether a folder has this layout; `auto` takes the first match in order of `rank`. */
      detect(dir: string): Promise<boolean>;
      readonly rank: number;
    };
  };
  datasets: {
    context: DatasetContext;
    made: Dataset;
    extra: {
      /** Whether a config with this dataset runs an augmentation search even without a `search` section. */
      readonly searches?: boolean;
    };
  };
  decoders: {
    context: Record<never, never>;
    made: Decoder;
    extra: {
      /** File extensions, in lower case with the dot, that layouts list as images. */
      readonly extensions: readonly string[];
      /** Whether a file is of the format, by its first bytes. */
      recognises(bytes: Uint8Array): boolean;
    };
  };
  losses: {
    context: LossContext;
    made: Loss;
    extra: {
      /** Supported target kinds; all but `value` when left out. */
      readonly targets?: readonly TargetKind[];
    };
  };
  metrics: {
    context: MetricContext;
    made: Metric;
    extra: {
      /** Display name, such as macro F1. */
      readonly title: string;
      readonly better: "higher" | "lower";
      /**
       * What a submission may choose on labelled images to raise the score: a threshold per class, or the cut points
       * between grades. Nothing when left out: the metric scores probabilities, values or the most probable class.
       */
      readonly tunes?: "thresholds" | "cut_points";
      /** Supported target kinds; all but `value` when left out. */
      readonly targets?: readonly TargetKind[];
      /** Metric that an augmentation search compares trainings by, if it is a different one. */
      readonly comparedBy?: string;
    };
  };
  optimizers: { context: OptimizerContext; made: Optimizer; extra: Record<never, never> };
  schedulers: { context: SchedulerContext; made: Scheduler; extra: Record<never, never> };
  loggers: {
    context: Record<never, never>;
    made: Logger;
    extra: {
      /**
       * Whether what it writes belongs to the run folder: it is brought to disk with every resume point, and a failure ends
       * the training. Other loggers are called beside the training, which neither waits for them nor ends with them.
       */
      readonly durable: boolean;
    };
  };
  hashes: { context: Record<never, never>; made: ImageHash; extra: Record<never, never> };
  backends: {
    context: BackendContext;
    made: Backend;
    extra: {
      /** Order in which `auto` tries backends, fastest first; null excludes it from `auto`. */
      readonly rank: number | null;
    };
  };
}

/** A plugin kind; also the name of its folder in plugins/. */
export type PluginKind = keyof PluginKinds;
