import * as tf from "@tensorflow/tfjs";
import type { Output } from "../base/output.ts";
import type { Loader } from "../data/loader.ts";
import { Problem } from "../base/problem.ts";
import type { NamedMetric } from "../experiment/experiment.ts";
import { activate } from "../nn/activate.ts";
import { meanOfViews } from "../nn/mean_of_views.ts";
import type { Loss, Model } from "../plugin/contracts.ts";
import { joinNumbers } from "../predictions/join_numbers.ts";
import { applyModel, type BatchTensors, batchTensors } from "./backward_pass.ts";
import { type Outcome, type Scores, Tally } from "./tally.ts";
import { DelayedReadback, type StepResult } from "./delayed_readback.ts";

/** Loss and logits of a batch in inference mode; auxiliary outputs are ignored. */
export function forwardPass(
  model: Model,
  loss: Loss,
  { images, labels }: BatchTensors,
): Pick<StepResult, "loss" | "logits"> {
  return tf.tidy(() => {
    const logits = applyModel(model, images, false)[0]!;
    return { loss: loss.compute(logits, labels), logits };
  });
}

/** Options of {@link evaluateModel}. */
export interface EvaluationOptions {
  readonly classes: number;
  readonly metric: NamedMetric;
  readonly output: Output;
  readonly signal?: AbortSignal | undefined;
}

/** Result of one evaluation pass. */
export interface Evaluation {
  /** All scores, including the metric's under its name. */
  readonly scores: Scores;
  /** The metric's score. */
  readonly score: number;
  readonly images: number;
}

/** The outcome of a batch by images: predictions are the means over each image's views. */
interface ImageOutcome extends Outcome {
  /** `[count, classes]`. */
  readonly predictions: Float64Array;
}

/** Merges the views of each image; `labels` has one row for each image. */
function byImages(outcome: Outcome, classes: number, { activation, scale }: Loss): ImageOutcome {
  const predictions = activate(outcome.logits, { activation, classes, scale });
  const count = outcome.labels.length / classes, views = outcome.count / count;
  if (views === 1) return { ...outcome, predictions };
  const merged = new Float64Array(count * classes);
  for (let image = 0; image < count; image++) {
    const own = predictions.subarray(image * views * classes, (image + 1) * views * classes);
    merged.set(meanOfViews(own, { views, classes }), image * classes);
  }
  return { ...outcome, count, predictions: merged, merged };
}

/** Collects predictions and targets over all batches. */
class Predictions {
  readonly #predictions: Float64Array[] = [];
  readonly #targets: ArrayLike<number>[] = [];

  add({ predictions, labels }: ImageOutcome): void {
    this.#predictions.push(predictions);
    this.#targets.push(labels);
  }

  score({ metric, classes }: EvaluationOptions): number {
    const targets = Float32Array.from(joinNumbers(this.#targets));
    const predictions = joinNumbers(this.#predictions);
    const score = metric.score({ rows: targets.length / classes, predictions, targets });
    if (Number.isFinite(score)) return score;
    throw new Problem(
      "failed",
      `Cannot score the validation split: its ${metric.title} is ${score}`,
      "Name another metric in the config",
    );
  }
}

/**
 * Evaluates a model on all batches of a loader; returns null when interrupted. Of several views of an image the loss is
 * the mean, and the mean prediction is scored.
 */
export async function evaluateModel(
  { model, loss }: { readonly model: Model; readonly loss: Loss },
  loader: Loader,
  options: EvaluationOptions,
): Promise<Evaluation | null> {
  const tally = new Tally(options.classes, loss.activation), predictions = new Predictions();
  const readback = new DelayedReadback((outcome) => {
    const ofImages = byImages(outcome, options.classes, loss);
    tally.add(ofImages);
    predictions.add(ofImages);
  });
  const bar = options.output.progress("validate", loader.batchCount);
  let stopped = false;
  for await (const batch of loader.batches(0)) {
    const tensors = batchTensors(batch);
    const made = forwardPass(model, loss, tensors);
    tf.dispose([tensors.images, tensors.labels]);
    await readback.add({ ...made, labels: batch.labels! });
    bar.update(batch.index + 1);
    stopped = options.signal?.aborted === true;
    if (stopped) break;
  }
  await readback.drain();
  bar.end();
  if (stopped) return null;
  const score = predictions.score(options);
  return { scores: { ...tally.scores(), [options.metric.name]: score }, score, images: tally.examples };
}
