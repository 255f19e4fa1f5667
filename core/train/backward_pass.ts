import * as tf from "@tensorflow/tfjs";
import type { Batch } from "../data/loader.ts";
import type { DropArguments } from "../nn/layers/dropout.ts";
import type { Loss, Model } from "../plugin/contracts.ts";
import { dataProblem } from "../base/problem.ts";
import { keepFloat32 } from "../nn/keep_float32.ts";
import type { Forward } from "./recomputing_forward.ts";

/** Weight of the auxiliary outputs' loss, as in upstream. */
export const AUXILIARY_WEIGHT = 0.4;

/** A batch as tensors: images `[count * views, size, size, channels]`, labels `[count * views, classes]`, both float32. */
export interface BatchTensors {
  readonly images: tf.Tensor4D;
  readonly labels: tf.Tensor2D;
}

/** Result of a forward and backward pass; the caller disposes all tensors. */
export interface BackwardPass {
  readonly loss: tf.Scalar;
  readonly logits: tf.Tensor2D;
  /** By parameter name. */
  readonly gradients: Record<string, tf.Tensor>;
  /** With loss scaling: 1 where the loss and all gradients are finite, else 0. */
  readonly finite?: tf.Scalar;
}

/** Labels `[count, classes]`, each row once for every view. */
function repeatLabels(labels: Float32Array, { count, views }: Batch): Float32Array {
  if (views === 1) return labels;
  const classes = labels.length / count, repeated = new Float32Array(labels.length * views);
  for (let row = 0; row < count * views; row++) {
    const from = Math.floor(row / views) * classes;
    repeated.set(labels.subarray(from, from + classes), row * classes);
  }
  return repeated;
}

/** Uploads a batch to the backend, every view as a row. Throws a data problem when the batch has no labels. */
export function batchTensors(batch: Batch): BatchTensors {
  if (!batch.labels) throw dataProblem(`Cannot learn from "${batch.ids[0]}": its labels are unknown`);
  const { count, views, size, channels } = batch;
  const labels = repeatLabels(Float32Array.from(batch.labels), batch);
  return {
    images: tf.tensor4d(batch.images, [count * views, size, size, channels]),
    labels: tf.tensor2d(labels, [count * views, labels.length / (count * views)]),
  };
}

/**
 * Applies a model; returns the main logits, then any auxiliary logits.
 *
 * @param args training mode, with the step number that seeds dropout
 */
export function applyModel(
  model: Model,
  images: tf.Tensor4D,
  args: boolean | DropArguments,
): tf.Tensor2D[] {
  const outputs = model.apply(images, typeof args === "boolean" ? { training: args } : { ...args });
  return (Array.isArray(outputs) ? outputs : [outputs]) as tf.Tensor2D[];
}

/** Inputs of {@link backwardPass} that stay the same for all batches. */
export interface BackwardParts {
  readonly model: Model;
  readonly loss: Loss;
  /** Trainable parameters by name. */
  readonly variables: ReadonlyMap<string, tf.Variable>;
  /** Alternative forward pass (gradient checkpointing); the plain one when left out. */
  readonly forward?: Forward | null;
}

/**
 * Loss of a batch and its gradients with respect to each variable, with the model in training mode.
 *
 * @param pass number of this training pass; seeds dropout
 */
export function backwardPass(
  parts: BackwardParts,
  { images, labels }: BatchTensors,
  { pass = 0 }: { readonly pass?: number } = {},
): BackwardPass {
  const args = { training: true, step: pass };
  let logits!: tf.Tensor2D;
  const compute = () => {
    const outputs = parts.forward?.(images, args) ?? applyModel(parts.model, images, args);
    const [main, ...auxiliary] = outputs.map(keepFloat32);
    logits = tf.keep(main!);
    const extra = auxiliary.map((output) => parts.loss.compute(output, labels).mul(AUXILIARY_WEIGHT));
    return extra.reduce((sum, term) => sum.add(term), parts.loss.compute(main!, labels)) as tf.Scalar;
  };
  const { value, grads } = tf.variableGrads(compute, [...parts.variables.values()]);
  const gradients: Record<string, tf.Tensor> = {};
  for (const [name, variable] of parts.variables) {
    const gradient = grads[variable.name];
    if (gradient) gradients[name] = gradient;
  }
  return { loss: value, logits, gradients };
}

/**
 * {@link backwardPass} with loss scaling, for float16: the gradients are computed of the loss times `scale`, and divided by
 * it in float32. Where nothing overflows or vanishes on the way, and for a power of two, the results are the same bits.
 */
export function scaledBackwardPass(
  parts: BackwardParts,
  batch: BatchTensors,
  { pass, scale }: { readonly pass: number; readonly scale: tf.Scalar },
): BackwardPass {
  const compute: Loss["compute"] = (...given) => parts.loss.compute(...given).mul(scale);
  const { activation } = parts.loss;
  const scaled = backwardPass({ ...parts, loss: { activation, compute } }, batch, { pass });
  return tf.tidy(() => {
    const loss = scaled.loss.div<tf.Scalar>(scale);
    const gradients: Record<string, tf.Tensor> = {};
    for (const [name, gradient] of Object.entries(scaled.gradients)) {
      gradients[name] = keepFloat32(gradient).div(scale);
    }
    // A sum is finite where all that is added is: one launch for each gradient.
    const sums = Object.values(gradients).map((gradient) => gradient.sum<tf.Scalar>());
    const finite = tf.addN([loss, ...sums]).isFinite().cast<tf.Scalar>("float32");
    tf.dispose([scaled.loss, scaled.gradients]);
    return { loss, logits: scaled.logits, gradients, finite };
  });
}
