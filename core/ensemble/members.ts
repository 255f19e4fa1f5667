import { arithmeticMean } from "./rules/blends.ts";
import { fallingOrder } from "./sort_column.ts";
import { columnOf, logitsOf } from "./table.ts";

/** The models' predictions for some rows, with what several rules need of them, computed once. */
export class Members {
  readonly rows: number;
  #logits: readonly Float32Array[] | null = null;
  #mean: Float32Array | null = null;
  readonly #orders = new Map<number, Uint32Array>();

  /**
   * @param matrices `[classes, rows]` of each model
   * @param of.exclusive whether the probabilities of a row sum to 1
   */
  constructor(
    readonly matrices: readonly Float32Array[],
    readonly of: { readonly classes: number; readonly exclusive: boolean },
  ) {
    this.rows = matrices[0]!.length / of.classes;
  }

  /** Logits of each model. */
  get logits(): readonly Float32Array[] {
    return this.#logits ??= this.matrices.map(logitsOf);
  }

  /** Arithmetic mean of the models. */
  get mean(): Float32Array {
    return this.#mean ??= arithmeticMean(this);
  }

  /** Rows by falling mean of a class. */
  meanOrder(label: number): Uint32Array {
    const known = this.#orders.get(label);
    if (known !== undefined) return known;
    const order = fallingOrder(columnOf(this.mean, this.rows, label));
    this.#orders.set(label, order);
    return order;
  }
}
