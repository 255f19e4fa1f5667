import * as tf from "@tensorflow/tfjs";
import { choosePrecision } from "../experiment/choose_precision.ts";
import type { Experiment } from "../experiment/experiment.ts";
import { disposeFolded, foldBatchNorms } from "../nn/fold.ts";
import type { Model, Precision, Recorder } from "../plugin/contracts.ts";
import { applyModel } from "../train/backward_pass.ts";

/** From images `[count, size, size, channels]` to outputs `[count, outputs]`, which the caller disposes. */
export type Forward = (images: tf.Tensor4D) => tf.Tensor2D;

/** A model's forward pass in inference mode, operation by operation. */
export function plainForward(model: Model): Forward {
  return (images) => tf.tidy(() => applyModel(model, images, false)[0]!);
}

/** Batch sizes that are recorded: the full one, the last one, and some of images whose views are cut short. */
const SIZES = 4;

/** A forward pass that is replayed as one function for each batch size; the recorder must capture, any number of shapes. */
export class RecordedForward {
  readonly #forward: Forward;
  readonly #counts = new Set<number>();

  constructor(
    model: Model,
    readonly parts: { readonly recorder: Recorder; readonly precision: Precision },
  ) {
    this.#forward = plainForward(model);
  }

  run(images: tf.Tensor4D): tf.Tensor2D {
    const count = images.shape[0];
    if (this.#counts.has(count) || this.#counts.size < SIZES) return this.#replay(images);
    if (this.parts.precision === "float32") return this.#forward(images);
    // An image's prediction must not depend on which batch it is in, so no batch runs operation by operation in float32.
    const size = Math.min(...[...this.#counts].filter((known) => known > count));
    if (size === Infinity) return this.#replay(images);
    return tf.tidy(() => {
      const filled = tf.pad(images, [[0, size - count], [0, 0], [0, 0], [0, 0]]);
      return this.#replay(filled).slice(0, count);
    });
  }

  #replay(images: tf.Tensor4D): tf.Tensor2D {
    this.#counts.add(images.shape[0]);
    const compute = () => [this.#forward(images)];
    const [outputs] = this.parts.recorder.run({ inputs: [images], variables: [], compute });
    return outputs as tf.Tensor2D;
  }
}

/**
 * Gives the forward pass of a model with its batch normalisations folded into the convolutions, in `eval.precision`,
 * while it is used; on backends that record it is replayed as one function. The backend must be started, and the model's
 * weights must not change meanwhile.
 *
 * @throws Problem (config) where the backend does not compute in the precision
 */
export async function withFoldedForward<Result>(
  experiment: Experiment,
  model: Model,
  use: (forward: Forward) => Promise<Result>,
): Promise<Result> {
  const precision = choosePrecision(experiment, "eval");
  const folded = foldBatchNorms(model);
  const onRefusal = (reason: string) =>
    experiment.output.warn(
      `the model runs operation by operation in float32, slower, because TensorFlow cannot replay it: ${reason}`,
    );
  const recorder = experiment.backend?.recorder?.({ precision, captures: true, shapes: Infinity, onRefusal });
  const recorded = recorder && new RecordedForward(folded, { recorder, precision });
  try {
    return await use(recorded ? (images) => recorded.run(images) : plainForward(folded));
  } finally {
    recorder?.dispose();
    disposeFolded(folded);
  }
}
