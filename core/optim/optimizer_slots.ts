import * as tf from "@tensorflow/tfjs";
import type { OptimizerContext } from "../plugin/contracts.ts";
import { Problem } from "../base/problem.ts";

/** Whether a parameter is decayed: with `skip_decay`, biases and normalisation parameters (rank 1) are not. */
export function decaysFor(
  context: OptimizerContext,
  settings: { readonly skip_decay: boolean },
  parameter: string,
): boolean {
  return !settings.skip_decay || context.variables.get(parameter)!.rank > 1;
}

/**
 * The tensors an optimizer remembers, such as moments, keyed by `<slot>.<parameter name>` and never by position, so
 * that freezing or reordering parameters cannot mix them up.
 */
export class OptimizerSlots {
  readonly #tensors = new Map<string, tf.Tensor>();

  /**
   * @param variables trainable parameters by name
   * @param slots names of what is remembered for each, such as `exp_avg`
   */
  constructor(readonly variables: ReadonlyMap<string, tf.Variable>, readonly slots: readonly string[]) {}

  /** The tensor of a slot, zeros of the parameter's shape before the first update. It stays here. */
  read(slot: string, parameter: string): tf.Tensor {
    const key = `${slot}.${parameter}`;
    const known = this.#tensors.get(key);
    if (known) return known;
    const zeros = tf.keep(tf.zeros(this.#variable(parameter).shape));
    this.#tensors.set(key, zeros);
    return zeros;
  }

  /** Replaces the parameter and its slots by the tensors of one update and takes them over. */
  update(parameter: string, [value, ...remembered]: readonly tf.Tensor[]): void {
    this.#variable(parameter).assign(value!);
    value!.dispose();
    remembered.forEach((tensor, index) => {
      const key = `${this.slots[index]!}.${parameter}`;
      this.#tensors.get(key)?.dispose();
      this.#tensors.set(key, tf.keep(tensor));
    });
  }

  /** All tensors by name, for a checkpoint; they stay here. */
  state(): Map<string, tf.Tensor> {
    return new Map(this.#tensors);
  }

  /** Takes up saved tensors, copying them. Throws when a name or a shape does not fit; nothing is changed then. */
  restore(state: ReadonlyMap<string, tf.Tensor>): void {
    for (const [key, tensor] of state) this.#check(key, tensor);
    this.dispose();
    for (const [key, tensor] of state) this.#tensors.set(key, tf.keep(tensor.clone()));
  }

  /** Lets go of all tensors. */
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
