import * as tf from "@tensorflow/tfjs";
import { namedBuffers, namedParameters } from "../nn/named_variables.ts";
import type { Model } from "../plugin/contracts.ts";
import { Problem } from "../base/problem.ts";

/** Name prefix of the averaged tensors in a resume file. */
export const AVERAGE_PREFIX = "ema.";

/**
 * Exponential moving average (EMA) of a model's parameters and running statistics. The decay is capped at
 * `(1 + n) / (10 + n)` after n updates, so that the initial weights are forgotten quickly.
 *
 * Source: Polyak and Juditsky, "Acceleration of stochastic approximation by averaging", 1992; the cap is that of
 * TensorFlow's ExponentialMovingAverage.
 */
export class WeightAverage {
  readonly #variables: ReadonlyMap<string, tf.Variable>;
  readonly #decay: number;
  #means: Map<string, tf.Tensor>;

  constructor(model: Model, decay: number) {
    const parameters = [...namedParameters(model)].map(([name, { variable }]) => [name, variable] as const);
    this.#variables = new Map([...parameters, ...namedBuffers(model)]);
    this.#decay = decay;
    this.#means = this.#copies();
  }

  /** Updates the average after an optimizer step. `step` counts from 1. */
  update(step: number): void {
    const decay = Math.min(this.#decay, (1 + step) / (10 + step));
    for (const [name, variable] of this.#variables) {
      const before = this.#means.get(name)!;
      this.#means.set(name, tf.tidy(() => tf.keep(before.mul(decay).add(variable.mul(1 - decay)))));
      before.dispose();
    }
  }

  /** Swaps the model's weights with the average; a second call swaps them back. */
  swap(): void {
    const weights = this.#copies();
    for (const [name, variable] of this.#variables) variable.assign(this.#means.get(name)!);
    this.dispose();
    this.#means = weights;
  }

  /** The averaged tensors by name, for a resume file. Do not dispose. */
  state(): Map<string, tf.Tensor> {
    return new Map([...this.#means].map(([name, mean]) => [AVERAGE_PREFIX + name, mean]));
  }

  /** Restores a copy of a saved average. */
  restore(state: ReadonlyMap<string, tf.Tensor>): void {
    for (const name of this.#variables.keys()) {
      const saved = state.get(AVERAGE_PREFIX + name);
      if (!saved) {
        throw new Problem("failed", `Cannot restore the mean of "${name}": it is not in the resume file`);
      }
      this.#means.get(name)?.dispose();
      this.#means.set(name, tf.keep(saved.clone()));
    }
  }

  /** Disposes the average. */
  dispose(): void {
    for (const mean of this.#means.values()) mean.dispose();
    this.#means = new Map();
  }

  #copies(): Map<string, tf.Tensor> {
    return new Map([...this.#variables].map(([name, variable]) => [name, tf.keep(tf.clone(variable))]));
  }
}
