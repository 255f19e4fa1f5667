import * as tf from "@tensorflow/tfjs";
import { configProblem } from "../base/problem.ts";
import { type LastMap, lastMap } from "../nn/features.ts";
import { attentionWeights } from "../nn/layers/attention_pool.ts";
import { operationsBetween, operationsTo } from "../nn/model_graph.ts";
import { runOperations } from "../nn/run_operations.ts";
import type { Model } from "../plugin/contracts.ts";
import type { HeatMap } from "./heat_map.ts";

const INFERENCE = { training: false };

/** Maps of several images for several outputs each. */
export interface ClassMaps {
  /** Logits, `[images, outputs]`. */
  readonly logits: Float32Array;
  /** By image, then by target: non-negative maps of the last feature map's size, not yet normalised. */
  readonly maps: readonly (readonly HeatMap[])[];
}

/** Maps `[images, rows, cols]` of one output per image, given one-hot as `[images, outputs]`. */
type MapsOf = (wanted: tf.Tensor) => tf.Tensor;

/** The first target of every image one-hot, then the second and so on: `[images, outputs]` each. */
function targetRounds(targets: readonly (readonly number[])[], outputs: number): Float32Array[] {
  const rounds = Math.max(0, ...targets.map(({ length }) => length));
  return Array.from({ length: rounds }, (_, round) => {
    const wanted = new Float32Array(targets.length * outputs);
    for (const [image, { [round]: target }] of targets.entries()) {
      if (target !== undefined) wanted[image * outputs + target] = 1;
    }
    return wanted;
  });
}

/** A feature map or the tokens of one as `[images, rows, cols, channels]`. */
function asMap(features: tf.Tensor, { kind, rows, cols }: LastMap): tf.Tensor {
  if (kind !== "tokens") return features;
  const [images, tokens, channels] = features.shape as [number, number, number];
  return features.slice([0, tokens - rows * cols, 0]).reshape([images, rows, cols, channels]);
}

/**
 * Grad-CAM: the channels of the feature map, weighted by the mean gradient of the target's logit, rectified. Images do
 * not influence each other, so that one backward pass through the head serves all images of a batch.
 */
function gradientMaps(
  features: tf.Tensor,
  { last, head }: { last: LastMap; head: (features: tf.Tensor) => tf.Tensor },
): MapsOf {
  const slopes = tf.grad(head);
  const map = asMap(features, last);
  return (wanted) => map.mul(asMap(slopes(features, wanted), last).mean([1, 2], true)).sum(3).relu();
}

/** The weights that an attention head gives to the positions for the target. */
function attentionMaps(attention: tf.Tensor): MapsOf {
  const [, rows, cols] = attention.shape as [number, number, number, number];
  return (wanted) => attentionWeights(attention).mul(wanted.expandDims(2)).sum(1).reshape([-1, rows, cols]);
}

/** Runs a model; returns its logits and what makes maps of its targets, whose tensors a tidy around it frees. */
function applyForMaps(model: Model, images: tf.Tensor4D): { logits: tf.Tensor; mapsOf: MapsOf } {
  const last = lastMap(model);
  if (last === null) {
    throw configProblem(
      `Cannot show what the model ${model.name} looks at: no tensor behind its input has rows and columns`,
      "Heat maps need a convolutional model or a transformer",
    );
  }
  const [output, input] = [model.outputs[0]!, model.inputs[0]!];
  const { operations, beside } = operationsBetween(last.tensor, output);
  const wanted = [output, last.tensor, ...beside];
  const run = { known: new Map([[input.id, images]]), args: INFERENCE, wanted };
  const [logits, map, ...others] = runOperations(operationsTo(wanted, [input]), run);
  if (last.kind === "attention") return { logits: logits!, mapsOf: attentionMaps(map!) };
  const known = new Map(beside.map(({ id }, index) => [id, others[index]!]));
  const head = (features: tf.Tensor): tf.Tensor => {
    const given = new Map([...known, [last.tensor.id, features]]);
    return runOperations(operations, { known: given, args: INFERENCE, wanted: [output] })[0]!;
  };
  return { logits: logits!, mapsOf: gradientMaps(map!, { last, head }) };
}

function checkTargets(targets: readonly (readonly number[])[], [images, outputs]: readonly number[]): void {
  if (targets.length !== images) throw new RangeError(`${targets.length} lists of targets, ${images} images`);
  for (const target of targets.flat()) {
    if (Number.isInteger(target) && target >= 0 && target < outputs!) continue;
    throw new RangeError(`Target ${target} is none of the model's outputs 0 to ${outputs! - 1}`);
  }
}

/** Reads and disposes maps; not synchronously, which WebGPU cannot. */
async function readMaps(tensors: readonly tf.Tensor[], images: number): Promise<HeatMap[][]> {
  const byImage: HeatMap[][] = Array.from({ length: images }, () => []);
  for (const tensor of tensors) {
    const [, rows, cols] = tensor.shape as [number, number, number];
    const values = await tensor.data() as Float32Array;
    for (const [image, own] of byImage.entries()) {
      own.push({ rows, cols, values: values.slice(image * rows * cols, (image + 1) * rows * cols) });
    }
  }
  return byImage;
}

/**
 * Class activation maps of a batch of images: Grad-CAM on the last feature map or, of a model with an attention head,
 * its attention map. Takes one forward pass, and for each target one backward pass through the head alone.
 *
 * Source: Selvaraju et al., "Grad-CAM: visual explanations from deep networks via gradient-based localization", 2017.
 *
 * @param model not folded; its weights are not changed
 * @param images `[images, size, size, channels]`; the caller disposes it
 * @param targets for each image, indices of main outputs
 * @throws a config problem when the model has no feature map, RangeError on a target that is no output
 */
export async function classMaps(
  model: Model,
  images: tf.Tensor4D,
  targets: readonly (readonly number[])[],
): Promise<ClassMaps> {
  const { logits, tensors } = tf.tidy(() => {
    const { logits, mapsOf } = applyForMaps(model, images);
    const [, outputs] = logits.shape as [number, number];
    checkTargets(targets, logits.shape);
    const wanted = targetRounds(targets, outputs);
    const tensors = wanted.map((one) => tf.tidy(() => mapsOf(tf.tensor2d(one, [targets.length, outputs]))));
    return { logits, tensors };
  });
  try {
    const byImage = await readMaps(tensors, targets.length);
    const maps = byImage.map((own, image) => own.slice(0, targets[image]!.length));
    return { logits: await logits.data() as Float32Array, maps };
  } finally {
    tf.dispose([logits, ...tensors]);
  }
}
