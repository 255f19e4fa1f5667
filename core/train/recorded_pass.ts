import * as tf from "@tensorflow/tfjs";
import type { BatchNorm } from "../nn/layers/batch_norm.ts";
import { type Drop, dropLayers } from "../nn/layers/dropout.ts";
import { batchNorms, namedBuffers, namedParameters } from "../nn/named_variables.ts";
import type { Recorder } from "../plugin/contracts.ts";
import type { LossScale } from "../optim/loss_scale.ts";
import {
  type BackwardParts,
  type BackwardPass,
  backwardPass,
  type BatchTensors,
  scaledBackwardPass,
} from "./backward_pass.ts";

/** What a pass takes beside the batch. */
interface Given {
  readonly pass: number;
  readonly masks: readonly tf.Tensor[];
  readonly scale: tf.Scalar | null;
}

/** {@link backwardPass}, replayed as one recorded function after two identical passes, on backends that can record. */
export class RecordedPass {
  readonly #variables: readonly tf.Variable[];
  readonly #norms: readonly BatchNorm[];
  readonly #drops: readonly Drop[];
  /** Gradient names in the order of the recorder's results. */
  #names: readonly string[] = [];
  /** How much one pass adds to `batchesTracked` of each batch normalisation. */
  #counted: readonly number[] = [];

  readonly #lossScale: LossScale | null;

  /** @param options.lossScale scales the loss, and is told of each batch whether it was finite; for float16 */
  constructor(
    readonly parts: BackwardParts,
    readonly recorder: Recorder,
    { lossScale = null }: { readonly lossScale?: LossScale | null } = {},
  ) {
    this.#lossScale = lossScale;
    const parameters = [...namedParameters(parts.model).values()].map(({ variable }) => variable);
    this.#variables = [...parameters, ...namedBuffers(parts.model).values()];
    this.#norms = [...batchNorms(parts.model).values()];
    this.#drops = dropLayers(parts.model);
  }

  /** Loss and gradients of a batch; equal to those of {@link backwardPass}. */
  run(batch: BatchTensors, { pass = 0 }: { readonly pass?: number } = {}): BackwardPass {
    const masks = this.#drawMasks(batch.images.shape[0], pass);
    // An input like the images, so that the function stays the same while the scale changes.
    const scale = this.#lossScale && tf.scalar(this.#lossScale.value);
    try {
      return this.#run(batch, { pass, masks, scale });
    } finally {
      for (const drop of this.#drops) drop.given = null;
      tf.dispose(scale ? [...masks, scale] : [...masks]);
    }
  }

  /** Disposes the recordings. */
  dispose(): void {
    this.recorder.dispose();
  }

  /** Draws dropout masks outside of the recorded function, so that a replay takes them as inputs like the images. */
  #drawMasks(count: number, pass: number): tf.Tensor[] {
    return this.#drops.flatMap((drop) => {
      const shape = drop.shapeOf(count);
      drop.given = shape && drop.mask(shape, pass);
      return drop.given ? [drop.given] : [];
    });
  }

  #run(batch: BatchTensors, given: Given): BackwardPass {
    const { masks, scale } = given;
    const inputs = [batch.images, batch.labels, ...masks, ...(scale ? [scale] : [])];
    const before = this.#norms.map(({ batchesTracked }) => batchesTracked);
    const compute = () => this.#compute(batch, given);
    const results = this.recorder.run({ inputs, variables: this.#variables, compute });
    // The step ran once, no matter how often it was computed to record it.
    this.#norms.forEach((norm, index) => norm.batchesTracked = before[index]! + this.#counted[index]!);
    const [loss, logits, ...gradients] = results;
    if (scale) this.#lossScale!.add(gradients.pop() as tf.Scalar);
    return {
      loss: loss as tf.Scalar,
      logits: logits as tf.Tensor2D,
      gradients: Object.fromEntries(this.#names.map((name, index) => [name, gradients[index]!])),
    };
  }

  #compute(batch: BatchTensors, { pass, scale }: Given): tf.Tensor[] {
    const before = this.#norms.map(({ batchesTracked }) => batchesTracked);
    const computed = scale
      ? scaledBackwardPass(this.parts, batch, { pass, scale })
      : backwardPass(this.parts, batch, { pass });
    const { loss, logits, gradients, finite } = computed;
    this.#counted = this.#norms.map(({ batchesTracked }, index) => batchesTracked - before[index]!);
    this.#names = Object.keys(gradients);
    return [loss, logits, ...Object.values(gradients), ...(finite ? [finite] : [])];
  }
}
