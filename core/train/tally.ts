import type { Json } from "../base/json.ts";
import { activate, type Activation, isExclusive } from "../nn/activate.ts";

/** Scores of one pass by name. Classification scores are absent for regression. */
export interface Scores {
  /** Mean loss over the examples. */
  readonly loss: number;
  /** Accuracy: per class decision for multi-label data, per image for single-label data. */
  readonly accuracy?: number;
  /** Macro F1 over all classes; a class without labels and predictions counts as 0, as in scikit-learn. */
  readonly macro_f1?: number;
  /** Macro F1 over the classes that have at least one positive label. */
  readonly macro_f1_occurring?: number;
  /** F1 per class. */
  readonly f1?: readonly number[];
  /** Scores of metric plugins. */
  readonly [metric: string]: number | readonly number[] | undefined;
}

/** Logits and labels of a batch, both `[count, classes]`. */
export interface Outcome {
  readonly logits: ArrayLike<number>;
  /** Predictions merged over several views of each image, by which classes are decided; by the logits when left out. */
  readonly merged?: ArrayLike<number>;
  /** Multi-hot labels, where soft labels (mixup) count as 1 from 0.5 on; or regression targets. */
  readonly labels: ArrayLike<number>;
  readonly count: number;
  /** Mean loss of the batch. */
  readonly loss: number;
}

/**
 * Accumulates scores over a pass: true positives, predictions and labels per class, and the loss weighted by batch
 * size.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const tally = new Tally(2, "sigmoid");
 * tally.add({ logits: [3, -1, 2, 1], labels: [1, 0, 0, 1], count: 2, loss: 0.5 });
 * assertEquals(tally.scores().accuracy, 0.75);
 * assertEquals(tally.scores().f1, [2 / 3, 1]);
 * ```
 */
export class Tally {
  #lossSum = 0;
  #examples = 0;
  #right = 0;
  readonly #hits: number[];
  readonly #predicted: number[];
  readonly #labelled: number[];

  constructor(readonly classes: number, readonly activation: Activation) {
    this.#hits = Array<number>(classes).fill(0);
    this.#predicted = Array<number>(classes).fill(0);
    this.#labelled = Array<number>(classes).fill(0);
  }

  /** Examples counted so far. */
  get examples(): number {
    return this.#examples;
  }

  /** Mean loss so far. */
  get loss(): number {
    return this.#lossSum / Math.max(this.#examples, 1);
  }

  /** Adds a batch. */
  add({ logits, merged, labels, count, loss }: Outcome): void {
    this.#lossSum += loss * count;
    this.#examples += count;
    if (this.activation === "identity") return;
    for (let row = 0; row < count; row++) {
      const start = row * this.classes;
      this.#addRow(merged ? this.#decide(merged, start) : this.#decideByLogits(logits, start), labels, start);
    }
  }

  /** The classes of an image by its predictions. */
  #decide(predictions: ArrayLike<number>, start: number): Decision {
    if (!isExclusive(this.activation)) return { above: (label) => predictions[start + label]! > 0.5 };
    return { chosen: argmax(predictions, start, this.classes) };
  }

  #decideByLogits(logits: ArrayLike<number>, start: number): Decision {
    if (!isExclusive(this.activation)) return { above: (label) => logits[start + label]! > 0 };
    return { chosen: this.#mostProbable(logits, start) };
  }

  #addRow(decision: Decision, labels: ArrayLike<number>, start: number): void {
    const chosen = "chosen" in decision ? decision.chosen : -1;
    let cells = 0;
    for (let label = 0; label < this.classes; label++) {
      const predicted = "above" in decision ? decision.above(label) : label === chosen;
      const labelled = labels[start + label]! >= 0.5;
      if (predicted) this.#predicted[label]! += 1;
      if (labelled) this.#labelled[label]! += 1;
      if (predicted && labelled) this.#hits[label]! += 1;
      if (predicted === labelled) cells += 1;
    }
    this.#right += chosen < 0 ? cells : Number(labels[start + chosen]! >= 0.5);
  }

  #mostProbable(logits: ArrayLike<number>, start: number): number {
    const { activation, classes } = this;
    if (activation === "softmax") return argmax(logits, start, classes);
    const row = Array.from({ length: classes }, (_, label) => logits[start + label]!);
    return argmax(activate(row, { activation, classes }), 0, classes);
  }

  /** Scores of all examples added so far. */
  scores(): Scores {
    if (this.activation === "identity") return { loss: this.loss };
    const f1 = this.#hits.map((hits, label) => {
      const marked = this.#predicted[label]! + this.#labelled[label]!;
      return marked === 0 ? 0 : 2 * hits / marked;
    });
    const decisions = isExclusive(this.activation) ? 1 : this.classes;
    const occurring = f1.filter((_, label) => this.#labelled[label]! > 0);
    return {
      loss: this.loss,
      accuracy: this.#right / Math.max(this.#examples * decisions, 1),
      macro_f1: meanOf(f1),
      macro_f1_occurring: meanOf(occurring),
      f1,
    };
  }

  /** The counts as JSON, for a checkpoint in the middle of an epoch. */
  state(): Json {
    return {
      loss_sum: this.#lossSum,
      examples: this.#examples,
      right: this.#right,
      hits: [...this.#hits],
      predicted: [...this.#predicted],
      labelled: [...this.#labelled],
    };
  }

  /** Restores the counts returned by `state`. */
  restore(state: Json): void {
    const saved = state as {
      loss_sum: number;
      examples: number;
      right: number;
      hits: number[];
      predicted: number[];
      labelled: number[];
    };
    [this.#lossSum, this.#examples, this.#right] = [saved.loss_sum, saved.examples, saved.right];
    for (
      const [own, from] of [
        [this.#hits, saved.hits],
        [this.#predicted, saved.predicted],
        [this.#labelled, saved.labelled],
      ] as const
    ) own.splice(0, own.length, ...from);
  }
}

/** The one class of an image, or which classes it has. */
type Decision = { readonly chosen: number } | { above(label: number): boolean };

function argmax(values: ArrayLike<number>, start: number, count: number): number {
  let best = 0;
  for (let i = 1; i < count; i++) if (values[start + i]! > values[start + best]!) best = i;
  return best;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(values.length, 1);
}
