import type * as tf from "@tensorflow/tfjs";
import type { Json } from "../base/json.ts";

/** The scale of the first update, and the updates in a row with finite gradients after which it doubles, as in PyTorch. */
const FIRST_SCALE = 65536, GROWTH_INTERVAL = 2000;

/** The largest power of two in float32, and the floor: gradients that overflow unscaled want no smaller scale. */
const LARGEST_SCALE = 2 ** 127, FLOOR = 1;

/**
 * Dynamic loss scaling for training in float16, in which small gradients vanish: the loss is multiplied by the scale, and
 * its gradients, in float32, are divided by it. An update whose gradients are not all finite (one overflowed) is left out
 * and the scale halved; after 2000 good updates it doubles. Scales are powers of two, so that they round nothing.
 *
 * Source: Micikevicius et al., "Mixed precision training", 2018. Scales and left-out updates are those of
 * torch.amp.GradScaler, except for the floor, which that has not.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const scale = new LossScale();
 * scale.advance(false);
 * assertEquals([scale.value, scale.exhausted], [32768, false]);
 * ```
 */
export class LossScale {
  #value = FIRST_SCALE;
  /** Good updates since the scale changed. */
  #good = 0;
  #exhausted = false;
  /** Of each batch since the last update: 1 where all is finite. */
  #finite: tf.Scalar[] = [];

  /** The factor on the loss of the next batch. */
  get value(): number {
    return this.#value;
  }

  /** Whether the last update was left out although the scale is at its floor: no scale helps. */
  get exhausted(): boolean {
    return this.#exhausted;
  }

  /** Adds a batch to the next update: 1 where its loss and gradients are finite, else 0. Takes ownership of the tensor. */
  add(finite: tf.Scalar): void {
    this.#finite.push(finite);
  }

  /** Whether all batches since the last update were finite, so that it can be done. Sets the scale of the next. */
  async update(): Promise<boolean> {
    const values = await Promise.all(this.#finite.map((tensor) => tensor.data()));
    this.dispose();
    const finite = values.every(([value]) => value === 1);
    this.advance(finite);
    return finite;
  }

  /** Sets the scale of the next update after one that was finite or not. */
  advance(finite: boolean): void {
    this.#exhausted = !finite && this.#value === FLOOR;
    this.#good = finite ? this.#good + 1 : 0;
    if (!finite) this.#value = Math.max(this.#value / 2, FLOOR);
    if (this.#good < GROWTH_INTERVAL) return;
    this.#value = Math.min(2 * this.#value, LARGEST_SCALE);
    this.#good = 0;
  }

  /** Where scaling stands between updates, for the resume file. */
  state(): Json {
    return { scale: this.#value, good: this.#good };
  }

  /** Restores what `state` returned. */
  restore(state: Json): void {
    const { scale, good } = state as { scale: number; good: number };
    [this.#value, this.#good] = [scale, good];
  }

  /** Disposes what was added since the last update. */
  dispose(): void {
    for (const tensor of this.#finite) tensor.dispose();
    this.#finite = [];
  }
}
