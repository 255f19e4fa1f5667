import * as tf from "@tensorflow/tfjs";
import { choosePrecision } from "../experiment/choose_precision.ts";
import type { Experiment } from "../experiment/experiment.ts";
import { disposeFolded, foldBatchNorms } from "../nn/fold.ts";
import type { Model, Recorder } from "../plugin/contracts.ts";
import { applyModel } from "../train/backward_pass.ts";

/** From images `[count, size, size, channels]` to outputs `[count, outputs]`, which the caller disposes. */
export type Forward = (images: tf.Tensor4D) => tf.Tensor2D;

/** A model's forward pass in inference mode, operation by operation. */
export function plainForward(model: Model): Forward {
  return (images) => tf.tidy(() => applyModel(model, images, false)[0]!);
}

/**
 * A forward pass in parts of the batch that are computed side by side: while one waits for all threads to end an
 * operation, the other has work for them.
 */
function inLanes(forward: Forward, lanes: number): Forward {
  if (lanes === 1) return forward;
  return (images) => {
    const count = images.shape[0];
    const sizes = Array.from(
      { length: Math.min(lanes, count) },
      (_, lane) => Math.ceil((count - lane) / lanes),
    );
    if (sizes.length === 1) return forward(images);
    return tf.tidy(() => tf.concat2d((tf.split(images, sizes) as tf.Tensor4D[]).map(forward), 0));
  };
}

/** Batch sizes that are recorded: the full one, the last one, and some of images whose views are cut short. */
const SIZES = 4;

/** A forward pass that is replayed as one function for each batch size; the recorder must capture, any number of shapes. */
export class RecordedForward {
  readonly #forward: Forward;
  readonly #counts = new Set<number>();

  constructor(model: Model, readonly recorder: Recorder) {
    this.#forward = inLanes(plainForward(model), recorder.lanes);
  }

  run(images: tf.Tensor4D): tf.Tensor2D {
    const count = images.shape[0];
    if (this.#counts.has(count) || this.#counts.size < SIZES) return this.#replay(images);
    // An image's prediction must not depend on which batch it is in, so no batch runs operation by operation.
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
    const [outputs] = this.recorder.run({ inputs: [images], variables: [], compute });
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
  const recorded = recorder && new RecordedForward(folded, recorder);
  try {
    return await use(recorded ? (images) => recorded.run(images) : plainForward(folded));
  } finally {
    recorder?.dispose();
    disposeFolded(folded);
  }
}
