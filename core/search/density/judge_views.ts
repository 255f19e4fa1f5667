import * as tf from "@tensorflow/tfjs";
import type { Loader } from "../../data/loader.ts";
import { activate } from "../../nn/activate.ts";
import type { Loss, Model } from "../../plugin/contracts.ts";
import { applyModel, batchTensors } from "../../train/backward_pass.ts";
import { interruptedProblem } from "../../base/problem.ts";
import type { Views } from "./match_policy.ts";

/** A trained scoring network with its loss. */
export interface Judge {
  readonly model: Model;
  readonly loss: Loss;
}

/** Per-example losses, `[count]`. Works with any loss by applying it to one row at a time. */
export function exampleLosses(loss: Loss, logits: tf.Tensor2D, labels: tf.Tensor2D): tf.Tensor1D {
  return tf.tidy(() => {
    const rows = Array.from({ length: logits.shape[0] }, (_, row) => {
      const one = (tensor: tf.Tensor2D) => tensor.slice([row, 0], [1, -1]);
      return loss.compute(one(logits), one(labels));
    });
    return tf.stack(rows) as tf.Tensor1D;
  });
}

interface PassOptions {
  readonly draw: number;
  readonly index: ReadonlyMap<string, number>;
  readonly classes: number;
  readonly signal?: AbortSignal | undefined;
  /** Folder of the saved trials, for the message when interrupted. */
  readonly folder: string;
}

/** One pass over the held-out images; results are indexed by id, in any order. */
async function passOnce(judge: Judge, loader: Loader, options: PassOptions) {
  const { index, classes } = options;
  // An unreadable image keeps a loss of 0 in all passes.
  const losses = new Float32Array(index.size), probabilities = new Float32Array(index.size * classes);
  for await (const batch of loader.batches(options.draw)) {
    if (options.signal?.aborted) throw interruptedProblem(options.folder);
    const { images, labels } = batchTensors(batch);
    const [loss, logits] = tf.tidy(() => {
      const made = applyModel(judge.model, images, false)[0]!;
      return [exampleLosses(judge.loss, made, labels), made] as const;
    });
    const [lossData, logitData] = await Promise.all([loss.data(), logits.data()]);
    tf.dispose([images, labels, loss, logits]);
    const { activation, scale } = judge.loss;
    const answers = activate(logitData, { activation, scale, classes });
    for (const [row, id] of batch.ids.entries()) {
      losses[index.get(id)!] = lossData[row]!;
      probabilities.set(answers.subarray(row * classes, (row + 1) * classes), index.get(id)! * classes);
    }
  }
  return { losses, probabilities };
}

/** Losses and predictions on the held-out images under several random draws of the loader's transform. */
export async function judgeViews(
  judge: Judge,
  loader: Loader,
  options: Omit<PassOptions, "draw"> & { readonly draws: number },
): Promise<Views> {
  const losses: Float32Array[] = [], probabilities: Float32Array[] = [];
  for (let draw = 0; draw < options.draws; draw++) {
    const pass = await passOnce(judge, loader, { ...options, draw });
    losses.push(pass.losses);
    probabilities.push(pass.probabilities);
  }
  return { losses, probabilities, classes: options.classes };
}

/**
 * Outputs that predict the mean target (with smoothed class frequencies) for every image.
 *
 * @param shares mean of each target, `[classes]`
 */
function constantLogits(shares: readonly number[], { activation, scale }: Loss): number[] {
  if (activation === "identity") {
    return scale ? shares.map((value, at) => (value - scale.mean[at]!) / scale.deviation[at]!) : [...shares];
  }
  if (activation === "softmax") return shares.map(Math.log);
  if (activation === "sigmoid") return shares.map(logit);
  const total = shares.reduce((sum, share) => sum + share, 0);
  if (activation === "grade") {
    return shares.map(() => shares.reduce((sum, share, grade) => sum + grade * share / total, 0));
  }
  return shares.map((_, grade) => {
    const rest = shares.slice(grade).reduce((sum, share) => sum + share, 0);
    return grade === 0 ? 0 : logit(rest / total);
  });
}

function logit(share: number): number {
  return Math.log(share / (1 - share));
}

/**
 * Loss of each image when predicting the class frequencies (or the mean values): the loss of guessing without looking
 * at the image.
 *
 * @param targets `[images, classes]`
 */
export function guessLosses(loss: Loss, targets: ArrayLike<number>, classes: number): Float32Array {
  const images = targets.length / classes;
  const mean = (label: number) => {
    let sum = 0;
    for (let at = label; at < targets.length; at += classes) sum += targets[at]!;
    // Additive smoothing keeps the logits of absent classes finite.
    return loss.activation === "identity" ? sum / images : (sum + 0.5) / (images + 1);
  };
  return tf.tidy(() => {
    const means = Array.from({ length: classes }, (_, label) => mean(label));
    const answers = tf.tile(tf.tensor2d([constantLogits(means, loss)]), [images, 1]);
    const rows = tf.tensor2d(Float32Array.from(targets), [images, classes]);
    return Float32Array.from(exampleLosses(loss, answers as tf.Tensor2D, rows).dataSync());
  });
}
