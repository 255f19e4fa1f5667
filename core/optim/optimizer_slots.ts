import * as tf from "@tensorflow/tfjs";
import type { OptimizerContext } from "../plugin/contracts.ts";
import { Problem } from "../base/problem.ts";

/**
 * Whether weight decay applies to a parameter: with `skip_decay` to the filters of convolutions (rank 4) and the matrices
 * of linear layers (rank 2) alone, not to biases, normalisation weights, tokens and positions, as timm does.
 */
export function decaysFor(
  context: OptimizerContext,
  settings: { readonly skip_decay: boolean },
  parameter: string,
): boolean {
  return !settings.skip_decay || [2, 4].includes(context.variables.get(parameter)!.rank);
}

/**
 * Optimizer state tensors, such as moments, keyed by `<slot>.<parameter name>` and never by position, so that freezing
 * or reordering parameters cannot mix them up.
 */
export class OptimizerSlots {
  readonly #tensors = new Map<string, tf.Tensor>();

  /**
   * @param variables trainable parameters by name
   * @param slots names of the state tensors of each parameter, such as `exp_avg`
   */
  constructor(readonly variables: ReadonlyMap<string, tf.Variable>, readonly slots: readonly string[]) {}

  /** A state tensor; zeros before the first update. Do not dispose. */
  read(slot: string, parameter: string): tf.Tensor {
    const key = `${slot}.${parameter}`;
    const known = this.#tensors.get(key);
    if (known) return known;
    const zeros = tf.keep(tf.zeros(this.#variable(parameter).shape));
    this.#tensors.set(key, zeros);
    return zeros;
  }

  /** Assigns the new parameter value and state tensors of one update; takes ownership of them. */
  update(parameter: string, [value, ...remembered]: readonly tf.Tensor[]): void {
    this.#variable(parameter).assign(value!);
    value!.dispose();
    remembered.forEach((tensor, index) => {
      const key = `${this.slots[index]!}.${parameter}`;
      this.#tensors.get(key)?.dispose();
      this.#tensors.set(key, tf.keep(tensor));
    });
  }

  /** All state tensors by name, for a checkpoint. Do not dispose. */
  state(): Map<string, tf.Tensor> {
    return new Map(this.#tensors);
  }

  /** Restores copies of saved tensors. Throws on an unknown name or a wrong shape, before changing anything. */
  restore(state: ReadonlyMap<string, tf.Tensor>): void {
    for (const [key, tensor] of state) this.#check(key, tensor);
    this.dispose();
    for (const [key, tensor] of state) this.#tensors.set(key, tf.keep(tensor.clone()));
  }

  /** Disposes all state tensors. */
  dispose(): void {
    for (const tensor of this.#tensors.values()) tensor.dispose();
    this.#tensors.clear();
  }

  #variable(parameter: string): tf.Variable {
    const variable = this.variables.get(parameter);
    if (!variable) throw new Problem("failed", `Cannot update "${parameter}": it is not a trained parameter`);
    return variable;
  }

  #check(key: string, tensor: tf.Tensor): void {
    const slot = this.slots.find((name) => key.startsWith(`${name}.`));
    const variable = slot && this.variables.get(key.slice(slot.length + 1));
    if (!variable) {
      throw new Problem("failed", `Cannot restore the optimizer: "${key}" belongs to no trained parameter`);
    }
    if (variable.shape.join() !== tensor.shape.join()) {
      const shapes = `[${tensor.shape.join(", ")}], the parameter [${variable.shape.join(", ")}]`;
      throw new Problem("failed", `Cannot restore the optimizer: "${key}" has the shape ${shapes}`);
    }
  }
}
