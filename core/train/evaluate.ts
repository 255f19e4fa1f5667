import * as tf from "@tensorflow/tfjs";
import type { Output } from "../base/output.ts";
import type { Loader } from "../data/loader.ts";
import { Problem } from "../base/problem.ts";
import type { NamedMetric } from "../experiment/experiment.ts";
import { activate } from "../nn/activate.ts";
import type { Loss, Model } from "../plugin/contracts.ts";
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

function joinNumbers(parts: readonly ArrayLike<number>[]): Float32Array {
  const joined = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** Collects logits and targets over all batches. */
class Predictions {
  readonly #logits: ArrayLike<number>[] = [];
  readonly #targets: ArrayLike<number>[] = [];

  add({ logits, labels }: Outcome): void {
    this.#logits.push(logits);
    this.#targets.push(labels);
  }

  score({ metric, classes }: EvaluationOptions, { activation, scale }: Loss): number {
    const predictions = activate(joinNumbers(this.#logits), { activation, classes, scale });
    const targets = joinNumbers(this.#targets);
    const score = metric.score({ rows: targets.length / classes, predictions, targets });
    if (Number.isFinite(score)) return score;
    throw new Problem(
      "failed",
      `Cannot score the validation split: its ${metric.title} is ${score}`,
      "Name another metric in the config",
    );
  }
}

/** Evaluates a model on all batches of a loader; returns null when interrupted. */
export async function evaluateModel(
  { model, loss }: { readonly model: Model; readonly loss: Loss },
  loader: Loader,
  options: EvaluationOptions,
): Promise<Evaluation | null> {
  const tally = new Tally(options.classes, loss.activation), predictions = new Predictions();
  const readback = new DelayedReadback((outcome) => {
    tally.add(outcome);
    predictions.add(outcome);
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
  const score = predictions.score(options, loss);
  return { scores: { ...tally.scores(), [options.metric.name]: score }, score, images: tally.examples };
}
