import type * as tf from "@tensorflow/tfjs";
import type { Outcome } from "./tally.ts";

/** Result tensors of a step, not yet read back. {@link DelayedReadback} takes ownership and disposes them. */
export interface StepResult {
  readonly loss: tf.Scalar;
  readonly logits: tf.Tensor2D;
  /** Targets, `[batch, classes]`. */
  readonly labels: ArrayLike<number>;
  /** Optimizer step at which the loss is logged; null to skip logging. */
  readonly curveStep?: number | null;
}

/** Called with each outcome, in order. */
export type OnOutcome = (outcome: Outcome, curveStep: number | null) => void;

/**
 * Reads losses and logits back one step late, so that the backend computes the next step meanwhile and is never blocked
 * by a synchronous read.
 */
export class DelayedReadback {
  #pending: Promise<void> = Promise.resolve();
  readonly #onOutcome: OnOutcome;

  /** @param onOutcome its errors are rethrown by the next `add` or `drain` */
  constructor(onOutcome: OnOutcome) {
    this.#onOutcome = onOutcome;
  }

  /** Starts reading a step back, after the previous step has been read. */
  async add(result: StepResult): Promise<void> {
    try {
      await this.#pending;
    } finally {
      this.#pending = this.#read(result);
      // The next add or drain rethrows the error; this handler only prevents an unhandled rejection.
      this.#pending.catch(() => {});
    }
  }

  /** Waits until all steps have been read. */
  async drain(): Promise<void> {
    await this.#pending;
  }

  async #read({ loss, logits, labels, curveStep = null }: StepResult): Promise<void> {
    try {
      const [value, outputs] = await Promise.all([loss.data(), logits.data()]);
      const outcome = { loss: value[0]!, logits: outputs, labels, count: logits.shape[0] };
      this.#onOutcome(outcome, curveStep);
    } finally {
      for (const tensor of [loss, logits]) tensor.dispose();
    }
  }
}
