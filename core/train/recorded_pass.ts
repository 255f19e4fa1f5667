import * as tf from "@tensorflow/tfjs";
import type { BatchNorm } from "../nn/layers/batch_norm.ts";
import { type Drop, dropLayers } from "../nn/layers/dropout.ts";
import { batchNorms, namedBuffers, namedParameters } from "../nn/named_variables.ts";
import type { Recorder } from "../plugin/contracts.ts";
import { type BackwardParts, type BackwardPass, backwardPass, type BatchTensors } from "./backward_pass.ts";

/** {@link backwardPass}, replayed as one recorded function after two identical passes, on backends that can record. */
export class RecordedPass {
  readonly #variables: readonly tf.Variable[];
  readonly #norms: readonly BatchNorm[];
  readonly #drops: readonly Drop[];
  /** Gradient names in the order of the recorder's results. */
  #names: readonly string[] = [];
  /** How much one pass adds to `batchesTracked` of each batch normalisation. */
  #counted: readonly number[] = [];

  constructor(readonly parts: BackwardParts, readonly recorder: Recorder) {
    const parameters = [...namedParameters(parts.model).values()].map(({ variable }) => variable);
    this.#variables = [...parameters, ...namedBuffers(parts.model).values()];
    this.#norms = [...batchNorms(parts.model).values()];
    this.#drops = dropLayers(parts.model);
  }

  /** Loss and gradients of a batch; equal to those of {@link backwardPass}. */
  run(batch: BatchTensors, { pass = 0 }: { readonly pass?: number } = {}): BackwardPass {
    const masks = this.#drawMasks(batch.images.shape[0], pass);
    try {
      return this.#run(batch, { pass, masks });
    } finally {
      for (const drop of this.#drops) drop.given = null;
      tf.dispose(masks);
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

  #run(batch: BatchTensors, { pass, masks }: { pass: number; masks: readonly tf.Tensor[] }): BackwardPass {
    const inputs = [batch.images, batch.labels, ...masks];
    const before = this.#norms.map(({ batchesTracked }) => batchesTracked);
    const compute = () => this.#compute(batch, pass);
    const results = this.recorder.run({ inputs, variables: this.#variables, compute });
    // The step ran once, no matter how often it was computed to record it.
    this.#norms.forEach((norm, index) => norm.batchesTracked = before[index]! + this.#counted[index]!);
    const [loss, logits, ...gradients] = results;
    return {
      loss: loss as tf.Scalar,
      logits: logits as tf.Tensor2D,
      gradients: Object.fromEntries(this.#names.map((name, index) => [name, gradients[index]!])),
    };
  }

  #compute(batch: BatchTensors, pass: number): tf.Tensor[] {
    const before = this.#norms.map(({ batchesTracked }) => batchesTracked);
    const { loss, logits, gradients } = backwardPass(this.parts, batch, { pass });
    this.#counted = this.#norms.map(({ batchesTracked }, index) => batchesTracked - before[index]!);
    this.#names = Object.keys(gradients);
    return [loss, logits, ...Object.values(gradients)];
  }
}
