import type { Output } from "../base/output.ts";
import type { Config } from "../config/schema.ts";
import type { Policy } from "./policy/policy.ts";
import type { SearchProgress } from "./progress.ts";
import type { OperationSpace } from "./policy/space.ts";
import type { TrialStore } from "./trial_store.ts";

type SearchSection = NonNullable<Config["search"]>;

/** A way to search; `asha` in a config is an earlier name of `halving`. */
export type SearchMethod = Exclude<SearchSection["method"], "asha">;

/** The `search` section of a config, its method under today's name. */
export type SearchSettings = Omit<SearchSection, "method"> & { readonly method: SearchMethod };

/** Images sent through a network: forward and backward, and forward only. */
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
  /** Where the training keeps its checkpoints; what is there is taken up. */
  readonly folder: string;
  /** Told after each epoch. */
  onEpoch(): void;
}

/** What a training gave. */
export interface TrainingOutcome {
  /** Score after each epoch, higher is better, those before a resume included. */
  readonly epochs: readonly number[];
  /** Image passes of the whole training, those before a resume included. */
  readonly passes: ImagePasses;
}

/** Trains the config's model with a policy. The search knows training only through this. */
export type Trainer = (job: TrainingJob) => Promise<TrainingOutcome>;

/** What every search method works with. */
export interface SearchRun {
  readonly settings: SearchSettings;
  readonly seed: number;
  /** Epochs of a full training, `train.num_epochs`. */
  readonly epochs: number;
  readonly spaces: readonly OperationSpace[];
  readonly train: Trainer;
  /** What the score of a training is, such as macro F1. */
  readonly scoreName: string;
  /** What a training that failed counts as. */
  readonly failedScore: number;
  /** Candidates, and the base as trial 0000. */
  readonly trials: TrialStore;
  /** Trainings with fresh seeds that confirm the best. */
  readonly confirmations: TrialStore;
  readonly output: Output;
  readonly progress: SearchProgress;
  /** Writes best_policy.data, the best policy last as upstream has it. */
  savePolicies(policies: readonly Policy[]): Promise<void>;
}
