import type { Json } from "../base/json.ts";

/** Scores of one pass by name: a number, or one number per class. */
export type LoggedScores = Readonly<Record<string, number | readonly number[] | undefined>>;

/** What is logged of a finished epoch: a line of history.jsonl. */
export interface LoggedEpoch {
  /** From 0. */
  readonly epoch: number;
  /** Total optimizer steps at the end of the epoch. */
  readonly step: number;
  /** Learning rate of the epoch's last step. */
  readonly learning_rate: number;
  /** Scores on the augmented train split; `loss` is always there. */
  readonly train: LoggedScores;
  /** Scores on the validation split; `loss` and that of `train.metric` are always there. */
  readonly val: LoggedScores;
  /** Number of images trained and validated on. */
  readonly images: { readonly train: number; readonly val: number };
  /** Wall time; after a resume within the epoch, only this process's part. */
  readonly seconds: number;
}

/** The best epoch by `train.metric`. */
export interface BestEpoch {
  readonly epoch: number;
  readonly score: number;
}

/** A training as a logger sees it when it begins or goes on. */
export interface LoggedRun {
  /** Folder of the run, which is there. */
  readonly dir: string;
  /** Path of the config file. */
  readonly name: string;
  /** The whole config with its defaults. */
  readonly config: Json;
  /** The metric that picks the best epoch. */
  readonly metric: { readonly name: string; readonly title: string; readonly better: "higher" | "lower" };
  /** Epochs of the whole training. */
  readonly epochs: number;
  /** Epochs that were finished before, with the best of them. */
  readonly history: readonly LoggedEpoch[];
  readonly best: BestEpoch | null;
  /** Whether the folder's earlier run, if there is one, goes on; false where it was to be forgotten. */
  readonly continues: boolean;
  /** What `position` gave at the resume point; null when there is none. */
  readonly saved: Json;
}

/** How a training ended. `finished`: all epochs, or stopped early. */
export interface LoggedEnd {
  readonly status: "finished" | "interrupted" | "failed";
  readonly best: BestEpoch | null;
  /** What went wrong, for `failed`. */
  readonly reason?: string;
}

/**
 * Writes down the course of a training. Calls come one after another, `start` first.
 *
 * A logger that is not `durable` is called beside the training: a call that fails or takes longer than its time is told once
 * and counted, and the signal is then aborted.
 */
export interface Logger {
  start(run: LoggedRun, signal: AbortSignal): Promise<void> | void;
  /** Numbers within an epoch, by tag: the loss every few steps. Must not wait. Called for durable loggers only. */
  step?(step: number, scalars: Readonly<Record<string, number>>): void;
  epoch(record: LoggedEpoch, best: BestEpoch, signal: AbortSignal): Promise<void> | void;
  /** Brings to disk what was logged, and returns where a resume shall go on. Called for durable loggers only. */
  position?(): Promise<Json>;
  end(result: LoggedEnd, signal: AbortSignal): Promise<void> | void;
}
