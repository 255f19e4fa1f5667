import * as tf from "@tensorflow/tfjs";
import type { Output } from "../base/output.ts";
import type { Loader } from "../data/loader.ts";
import type { Loss, Model } from "../plugin/contracts.ts";
import { applyModel, type BatchTensors, batchTensors } from "./gradients.ts";
import type { Interrupt } from "./interrupt.ts";
import { type Metrics, Tally } from "./tally.ts";
import { type Reading, Readings } from "./readings.ts";

/** Loss and logits of a batch in inference mode; auxiliary outputs do not count. */
function forwardPass(
  model: Model,
  loss: Loss,
  { images, labels }: BatchTensors,
): Pick<Reading, "loss" | "logits"> {
  return tf.tidy(() => {
    const logits = applyModel(model, images, false)[0]!;
    return { loss: loss.compute(logits, labels), logits };
  });
}

/** How a model is scored. */
export interface EvaluationOptions {
  readonly classes: number;
  readonly output: Output;
  readonly interrupt?: Interrupt | undefined;
}

/** The scores of a pass. */
export interface Evaluation {
  readonly metrics: Metrics;
  readonly images: number;
}

/** Scores a model over all batches of a loader; null when it was interrupted. */
export async function evaluateModel(
  { model, loss }: { readonly model: Model; readonly loss: Loss },
  loader: Loader,
  { classes, output, interrupt }: EvaluationOptions,
): Promise<Evaluation | null> {
  const tally = new Tally(classes, loss.activation);
  const readings = new Readings((outcome) => tally.add(outcome));
  const bar = output.progress("validate", loader.batchCount);
  let stopped = false;
  for await (const batch of loader.batches(0)) {
    const tensors = batchTensors(batch);
    const made = forwardPass(model, loss, tensors);
    tf.dispose([tensors.images, tensors.labels]);
    await readings.add({ ...made, labels: batch.labels! });
    bar.update(batch.index + 1);
    stopped = interrupt?.requested === true;
    if (stopped) break;
  }
  await readings.drain();
  bar.end();
  return stopped ? null : { metrics: tally.metrics(), images: tally.examples };
}
