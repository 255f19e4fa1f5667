import type { Example } from "../base/example.ts";
import type { Loader } from "../data/loader.ts";
import type { Experiment } from "../experiment/experiment.ts";
import type { NamedLogger } from "../logging/run_loggers.ts";
import type { LoggedEpoch } from "../plugin/contracts.ts";
import type { Scores } from "./tally.ts";

/** Training and validation examples. */
export interface TrainExamples {
  readonly train: readonly Example[];
  readonly val: readonly Example[];
}

/** Data loaders of the train and validation splits. */
export interface TrainLoaders {
  readonly train: Loader;
  readonly val: Loader;
}

/** Options of a training run. The backend must be started. */
export interface TrainOptions {
  readonly experiment: Experiment;
  readonly examples: TrainExamples;
  /** Delete an earlier run's files and start over; otherwise the earlier run is resumed. */
  readonly fresh?: boolean;
  /** Folder of the run; `train.dir` when left out. */
  readonly dir?: string;
  /** Stop after this many epochs; the schedule still spans `train.num_epochs`. */
  readonly stopAfter?: number;
  /** Custom loaders in place of those of the config; the caller closes them. */
  readonly loaders?: TrainLoaders;
  /** Loggers beside those of the config. */
  readonly loggers?: readonly NamedLogger[];
  /** Checked after every step: when aborted, the run is saved and throws a problem of kind "interrupted". */
  readonly signal?: AbortSignal;
  /** Called after each write of the resume file; the training waits for it. */
  readonly onSaved?: (() => Promise<void>) | undefined;
  /** Called after each epoch; `waiting` is the share of its training time spent waiting for data. */
  readonly onEpoch?: (record: EpochRecord, waiting: number) => void;
}

/** One line of history.jsonl. */
export interface EpochRecord extends LoggedEpoch {
  readonly train: Scores;
  /** Scores on the validation split, including that of `train.metric` under its name. */
  readonly val: Scores;
}

/** Result of a training run. */
export interface TrainResult {
  /** One record per epoch, including epochs before a resume. */
  readonly history: readonly EpochRecord[];
  /** Epoch with the best validation score by `train.metric`; null when no epoch was trained. */
  readonly best: { readonly epoch: number; readonly score: number } | null;
  /** Folder of the checkpoints. */
  readonly checkpoints: string;
}
