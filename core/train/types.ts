import type { Example } from "../base/example.ts";
import type { Loader } from "../data/loader.ts";
import type { Experiment } from "../experiment/experiment.ts";
import type { Scores } from "./tally.ts";

/** Examples to learn from and to score on. */
export interface TrainExamples {
  readonly train: readonly Example[];
  readonly val: readonly Example[];
}

/** Loaders of both splits. */
export interface TrainLoaders {
  readonly train: Loader;
  readonly val: Loader;
}

/** What is trained, and how far. The backend must be started. */
export interface TrainOptions {
  readonly experiment: Experiment;
  readonly examples: TrainExamples;
  /** Forget what an earlier run left; otherwise it is taken up. */
  readonly fresh?: boolean;
  /** Folder of the run; `train.dir` when left out. */
  readonly dir?: string;
  /** End after this many epochs although the schedule runs over `train.num_epochs`. */
  readonly stopAfter?: number;
  /** Batches from elsewhere than files; they stay the caller's. */
  readonly loaders?: TrainLoaders;
  /** Looked at after every step: when aborted, the run is saved and ends with a problem of kind "interrupted". */
  readonly signal?: AbortSignal;
  /** Told after each epoch; `waiting` is the share of its training time in which no images were there. */
  readonly onEpoch?: (record: EpochRecord, waiting: number) => void;
}

/** One line of history.jsonl. */
export interface EpochRecord {
  /** From 0. */
  readonly epoch: number;
  /** Optimizer steps done at its end. */
  readonly step: number;
  /** Rate of its last step. */
  readonly learning_rate: number;
  /** Scores on the augmented train split while learning. */
  readonly train: Scores;
  /** Scores on the validation split, that of `train.metric` among them under its name. */
  readonly val: Scores;
  /** Images trained on and validated on. */
  readonly images: { readonly train: number; readonly val: number };
  /** Wall time of this process's part of the epoch. */
  readonly seconds: number;
}

/** What a training gave. */
export interface TrainResult {
  /** One record per epoch, those before a resume included. */
  readonly history: readonly EpochRecord[];
  /** The epoch with the best validation score by `train.metric`, null when no epoch was trained. */
  readonly best: { readonly epoch: number; readonly score: number } | null;
  /** Folder of the checkpoints. */
  readonly checkpoints: string;
}
