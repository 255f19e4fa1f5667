import type * as tf from "@tensorflow/tfjs";
import type { Outcome } from "./tally.ts";

/** Results of a step. The tensors, which still lie on the backend, are taken over and disposed. */
export interface Reading {
  readonly loss: tf.Scalar;
  readonly logits: tf.Tensor2D;
  /** What the logits are compared with, `[batch, classes]`. */
  readonly labels: ArrayLike<number>;
  /** Where the loss goes on the training curve, null to leave it out. */
  readonly curveStep?: number | null;
}

/** Told each outcome in order. */
export type Receive = (outcome: Outcome, curveStep: number | null) => void;

/**
 * Reads losses and logits one step behind, so that the backend works on the next step meanwhile: it is never waited for
 * synchronously.
 */
export class Readings {
  #pending: Promise<void> = Promise.resolve();
  readonly #receive: Receive;

  /** @param receive what it throws comes out of the next `add` or `drain` */
  constructor(receive: Receive) {
    this.#receive = receive;
  }

  /** Begins to read a step, after the step before it has been read. */
  async add(reading: Reading): Promise<void> {
    try {
      await this.#pending;
    } finally {
      this.#pending = this.#read(reading);
      // Whoever adds or drains next sees the error; until then it is no unhandled one.
      this.#pending.catch(() => {});
    }
  }

  /** Waits for all that was added. */
  async drain(): Promise<void> {
    await this.#pending;
  }

  async #read({ loss, logits, labels, curveStep = null }: Reading): Promise<void> {
    try {
      const [value, outputs] = await Promise.all([loss.data(), logits.data()]);
      const outcome = { loss: value[0]!, logits: outputs, labels, count: logits.shape[0] };
      this.#receive(outcome, curveStep);
    } finally {
      for (const tensor of [loss, logits]) tensor.dispose();
    }
  }
}
