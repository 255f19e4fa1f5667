import type { Output } from "../base/output.ts";
import type { Config } from "../config/schema.ts";
import type { Policy } from "./policy/policy.ts";
import type { SearchProgress } from "./search_progress.ts";
import type { OperationSpace } from "./policy/operation_space.ts";
import type { TrialStore } from "./trial_store.ts";

type SearchSection = NonNullable<Config["search"]>;

/** Search method; `asha` in a config is a deprecated name of `halving`. */
export type SearchMethod = Exclude<SearchSection["method"], "asha">;

/** The `search` section of a config with the deprecated method name resolved. */
export type SearchSettings = Omit<SearchSection, "method"> & { readonly method: SearchMethod };

/** Number of images passed through a network: training (forward and backward) and forward only. */
export interface ImagePasses {
  readonly train: number;
  readonly forward: number;
}

/** One training of a search. */
export interface TrainingJob {
  readonly policy: Policy;
  readonly seed: number;
  /** Stop after this many epochs; the schedule still runs over `train.num_epochs`. */
  readonly epochs: number;
  /** Folder of the checkpoints; an unfinished training in it is resumed. */
  readonly folder: string;
  /** Called after each epoch. */
  onEpoch(): void;
}

/** Result of a training. */
export interface TrainingOutcome {
  /** Score after each epoch, including those before a resume; higher is better. */
  readonly epochs: readonly number[];
  /** Image passes of the whole training, including those before a resume. */
  readonly passes: ImagePasses;
}

/** Trains the config's model with a policy. */
export type Trainer = (job: TrainingJob) => Promise<TrainingOutcome>;

/** Shared state and settings of all search methods. */
export interface SearchRun {
  readonly settings: SearchSettings;
  readonly seed: number;
  /** Number of epochs of a full training, `train.num_epochs`. */
  readonly epochs: number;
  readonly spaces: readonly OperationSpace[];
  readonly train: Trainer;
  /** Name of the score, such as macro F1. */
  readonly scoreName: string;
  /** Score of a failed training. */
  readonly failedScore: number;
  /** Store of the baseline (trial 0000) and the candidates. */
  readonly trials: TrialStore;
  /** Store of the confirmation trainings with fresh seeds. */
  readonly confirmations: TrialStore;
  readonly output: Output;
  readonly progress: SearchProgress;
  /** Writes best_policy.data, the best policy last, as in upstream. */
  savePolicies(policies: readonly Policy[]): Promise<void>;
}
