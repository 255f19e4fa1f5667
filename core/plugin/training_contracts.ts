import type * as tf from "@tensorflow/tfjs";
import type { Json } from "../base/json.ts";

// Optimizers and schedulers ------------------------------------------------------------------------------------------

/** Context of an optimizer plugin's `create`: the trainable parameters by name. */
export interface OptimizerContext {
  readonly variables: ReadonlyMap<string, tf.Variable>;
  /** Learning-rate multiplier of a parameter (such as a lower backbone rate); 1 when absent. */
  rateFactor?(parameter: string): number;
}

/** An optimizer; its state is keyed by parameter name, never by position. */
export interface Optimizer {
  /** The config's learning rate, before scheduling. */
  readonly learningRate: number;
  /** One optimizer step. `gradients` has one entry per trainable parameter; the caller disposes them. */
  step(gradients: Readonly<Record<string, tf.Tensor>>, learningRate: number): void;
  /** Steps done so far. */
  readonly steps: number;
  /** State tensors by name, such as `exp_avg.conv1.weight`; owned by the optimizer, do not dispose. */
  state(): Map<string, tf.Tensor>;
  /** Restores a saved state, copying the tensors. Throws on an unknown name or a wrong shape. */
  restore(state: ReadonlyMap<string, tf.Tensor>, steps: number): void;
  dispose(): void;
}

/** Context of a scheduler plugin's `create`. */
export interface SchedulerContext {
  readonly learningRate: number;
  readonly epochs: number;
  /** Optimizer steps in one epoch. */
  readonly stepsPerEpoch: number;
  /** Direction of `train.metric`. */
  readonly better: "higher" | "lower";
}

/** Position in training. */
export interface Progress {
  readonly epoch: number;
  /** Optimizer steps done in this epoch. */
  readonly step: number;
}

/** A learning-rate scheduler. */
export interface Scheduler {
  learningRate(at: Progress): number;
  /** Called after each epoch with its validation score by `train.metric`. */
  observe(score: number): void;
  /** State to save for a resume; null for stateless schedulers. */
  state(): Json;
  restore(state: Json): void;
}

// Backends -----------------------------------------------------------------------------------------------------------

/** Context of a backend plugin's `create`. */
export interface BackendContext {
  /** Number of threads; 0 for the backend's default. */
  readonly threads: number;
  /** Set by `backend: auto`: a backend that would run on software emulation then reports itself unavailable. */
  readonly automatic?: boolean;
}

/**
 * Number format of convolutions, matrix products and what lies between them. Variables, optimizer, statistics of
 * normalisations, softmax and loss are float32 in each.
 */
export type Precision = "float32" | "bfloat16" | "float16";

/** One run of a recordable step. */
export interface RecordableStep {
  /** Float32 tensors that change from run to run. */
  readonly inputs: readonly tf.Tensor[];
  readonly variables: readonly tf.Variable[];
  /** Computes the float32 results; may read and assign `variables`, and has no other effect: it may run more than once. */
  compute(): tf.Tensor[];
}

/** Options of a recorder. */
export interface RecorderOptions {
  /** float32 when left out. */
  readonly precision?: Precision;
  /**
   * Whether a step may read tensors that are neither its inputs nor its variables (a network's weights in inference); they
   * must live and keep their values as long as the recorder. A step that does is refused otherwise.
   */
  readonly captures?: boolean;
  /** Maximum number of input shapes to record, 4 when left out; each recording holds about one step's memory. */
  readonly shapes?: number;
  /** Number of replays after which a step is recomputed eagerly and compared; 500 when left out. */
  readonly checkEvery?: number;
  /** Called once with the reason when recording is given up and steps run eagerly from then on. */
  readonly onRefusal?: (reason: string) => void;
}

/** Replays a repeated step as one function where two runs of it are identical. */
export interface Recorder {
  /** Parts of a step that it computes side by side where neither needs the other. */
  readonly lanes: number;
  /** Runs the step; the caller disposes the results. */
  run(step: RecordableStep): tf.Tensor[];
  dispose(): void;
}

/** A compute backend. */
export interface Backend {
  /** Why the backend cannot start here, or null when it can. */
  unavailable(): Promise<string | null>;
  /** Registers its kernels and makes it the current backend. Returns one line for the user. */
  start(): Promise<string>;
  /** Creates a recorder, after `start`; absent when the backend cannot record. */
  recorder?(options: RecorderOptions): Recorder;
  /** Precisions of its recorder, first what `auto` takes, after `start`; float32 alone when left out. */
  precisions?(): readonly Precision[];
}
