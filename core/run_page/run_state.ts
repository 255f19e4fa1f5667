import type { Json } from "../base/json.ts";
import type { BestEpoch, LoggedEnd, LoggedEpoch, LoggedRun } from "../plugin/logger_contracts.ts";

/** A warning with the time at which it was given. */
export interface TimedWarning {
  readonly time: Date;
  readonly text: string;
}

/** What the page of a training shows. */
export interface RunState {
  /** Folder of the run. */
  readonly dir: string;
  /** Path of the config, or null where it is not known. */
  readonly config: string | null;
  /** The whole config; an empty object where it is not known. */
  readonly settings: Json;
  /** The metric that picks the best epoch, or null where it is not known. */
  readonly metric: LoggedRun["metric"] | null;
  /** Epochs of the whole training, or null where they are not known. */
  readonly epochs: number | null;
  readonly history: readonly LoggedEpoch[];
  readonly best: BestEpoch | null;
  /** How it ended; null while it runs. */
  readonly end: LoggedEnd | null;
  /** The last warnings, the oldest first. */
  readonly warnings: readonly TimedWarning[];
  /** When this was so. */
  readonly time: Date;
}

/** The last epochs, whose times tell how long the next ones take. */
const TIMED = 5;

/** Seconds until all epochs are done, as the last ones went; null before the first and where the end is not known. */
export function secondsLeft({ history, epochs }: Pick<RunState, "history" | "epochs">): number | null {
  const last = history.slice(-TIMED);
  if (last.length === 0 || epochs === null) return null;
  const mean = last.reduce((sum, { seconds }) => sum + seconds, 0) / last.length;
  return mean * Math.max(0, epochs - history.at(-1)!.epoch - 1);
}
