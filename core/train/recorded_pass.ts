import type * as tf from "@tensorflow/tfjs";
import type { BatchNorm } from "../nn/batch_norm.ts";
import { batchNorms, namedBuffers, namedParameters } from "../nn/named_variables.ts";
import { StepRecorder } from "../tensorflow/recorder.ts";
import { type BackwardParts, type BackwardPass, backwardPass, type BatchTensors } from "./gradients.ts";

/** {@link backwardPass}, replayed by TensorFlow as one function once two passes were the same. */
export class RecordedPass {
  readonly recorder = new StepRecorder();
  readonly #variables: readonly tf.Variable[];
  readonly #norms: readonly BatchNorm[];
  /** Names of the gradients in the order of the results. */
  #names: readonly string[] = [];
  /** What one pass adds to each normalisation's count of batches. */
  #counted: readonly number[] = [];

  constructor(readonly parts: BackwardParts) {
    const parameters = [...namedParameters(parts.model).values()].map(({ variable }) => variable);
    this.#variables = [...parameters, ...namedBuffers(parts.model).values()];
    this.#norms = [...batchNorms(parts.model).values()];
  }

  /** Loss of a batch and its gradient; equal to what {@link backwardPass} gives. */
  run(batch: BatchTensors, options: { readonly pass?: number } = {}): BackwardPass {
    const inputs = [batch.images, batch.labels];
    const replayed = this.recorder.isReplayed(inputs);
    const compute = () => this.#compute(batch, options);
    const results = this.recorder.run({ inputs, variables: this.#variables, compute });
    if (replayed) this.#norms.forEach((norm, index) => norm.batchesTracked += this.#counted[index]!);
    const [loss, logits, ...gradients] = results;
    return {
      loss: loss as tf.Scalar,
      logits: logits as tf.Tensor2D,
      gradients: Object.fromEntries(this.#names.map((name, index) => [name, gradients[index]!])),
    };
  }

  #compute(batch: BatchTensors, options: { readonly pass?: number }): tf.Tensor[] {
    const before = this.#norms.map(({ batchesTracked }) => batchesTracked);
    const { loss, logits, gradients } = backwardPass(this.parts, batch, options);
    this.#counted = this.#norms.map(({ batchesTracked }, index) => batchesTracked - before[index]!);
    this.#names = Object.keys(gradients);
    return [loss, logits, ...Object.values(gradients)];
  }
}
