import * as tf from "@tensorflow/tfjs";

/**
 * Gradient accumulation: combines the gradients of several batches into that of one large batch. Each batch is weighted
 * by its size, so a smaller last batch and an incomplete last group are averaged correctly.
 */
export class GradientAccumulator {
  #sums: Record<string, tf.Tensor> = {};
  #examples = 0;
  #batches = 0;

  /** Batches since the last `take`. */
  get batches(): number {
    return this.#batches;
  }

  /** Adds a batch's mean gradients; takes ownership of the tensors. */
  add(gradients: Record<string, tf.Tensor>, examples: number): void {
    if (this.#batches === 1) this.#scale(this.#examples);
    this.#sums = this.#batches === 0 ? gradients : this.#added(gradients, examples);
    this.#examples += examples;
    this.#batches += 1;
  }

  /** Returns the mean gradients over all examples and resets; the caller disposes them. */
  take(): Record<string, tf.Tensor> {
    // A single batch is already a mean; scaling it up and down again would add rounding errors.
    if (this.#batches > 1) this.#scale(1 / this.#examples);
    const mean = this.#sums;
    [this.#sums, this.#examples, this.#batches] = [{}, 0, 0];
    return mean;
  }

  /** Disposes the accumulated gradients. */
  dispose(): void {
    tf.dispose(this.#sums);
    [this.#sums, this.#examples, this.#batches] = [{}, 0, 0];
  }

  #scale(factor: number): void {
    this.#replace((sum) => sum.mul(factor));
  }

  #added(gradients: Record<string, tf.Tensor>, examples: number): Record<string, tf.Tensor> {
    this.#replace((sum, name) => {
      const gradient = gradients[name];
      return gradient ? sum.add(gradient.mul(examples)) : sum.clone();
    });
    tf.dispose(gradients);
    return this.#sums;
  }

  #replace(change: (sum: tf.Tensor, name: string) => tf.Tensor): void {
    for (const [name, sum] of Object.entries(this.#sums)) {
      this.#sums[name] = tf.tidy(() => change(sum, name));
      sum.dispose();
    }
  }
}
