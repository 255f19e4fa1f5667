import * as tf from "@tensorflow/tfjs";
import { Random } from "../../base/random.ts";
import { type LayerShape, onlyInput, onlyShape } from "./module_layer.ts";

/** Options of a dropout layer. */
export interface DropOptions {
  readonly name: string;
  readonly seed: number;
  /** The probability of dropping a value or an example, in [0, 1). */
  readonly rate: number;
  /** Drop single values, or whole examples (stochastic depth). */
  readonly what: "values" | "examples";
  /**
   * Training passes done so far, from something that checkpoints keep (a batch normalisation's counter), so that a
   * resumed run draws what the uninterrupted one would have drawn.
   */
  readonly passes?: () => number;
}

/** Arguments of a call of the layer. */
export interface DropArguments {
  readonly training?: boolean;
  /** The number of this training pass; `passes` or a count of the layer's own when left out. */
  readonly step?: number;
}

/**
 * torch.nn.Dropout, or torchvision's StochasticDepth with mode "row": in training sets a share to zero and scales the
 * rest up. What is dropped depends on the seed, the layer's name and the number of the training pass alone.
 */
export class Drop extends tf.layers.Layer {
  /** @nocollapse */
  static readonly className: string = "PodiumDrop";
  readonly options: DropOptions;
  /** The mask of the next training pass; null draws one. A recorded pass gets its masks from outside. */
  given: tf.Tensor | null = null;
  #count = 0;

  constructor(options: DropOptions) {
    super({ name: options.name });
    this.options = options;
  }

  override computeOutputShape(inputShape: LayerShape | LayerShape[]): LayerShape {
    return onlyShape(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: DropArguments): tf.Tensor {
    const x = onlyInput(inputs);
    if (!kwargs?.training || this.options.rate === 0) return x;
    const step = kwargs.step ?? this.options.passes?.() ?? this.#count++;
    return x.mul(this.given ?? this.mask(x.shape, step));
  }

  /** The shape of the layer's input for a batch of this size; null where it is not known before the pass. */
  shapeOf(batch: number): number[] | null {
    const known = this.inboundNodes.length === 1 && !Array.isArray(this.input);
    const sides = known ? (this.input as tf.SymbolicTensor).shape.slice(1) : [null];
    return sides.includes(null) ? null : [batch, ...sides as number[]];
  }

  /** The mask that a training pass multiplies by: 0 where it drops, else `1 / (1 - rate)`, which keeps the mean. */
  mask(shape: readonly number[], step: number): tf.Tensor {
    const { seed, name, rate, what } = this.options;
    const sides = what === "values" ? [...shape] : [shape[0]!, ...shape.slice(1).map(() => 1)];
    const random = new Random(seed, "drop", name, step);
    const mask = new Float32Array(sides.reduce((product, side) => product * side, 1));
    for (let i = 0; i < mask.length; i++) mask[i] = random.word() < rate * 4294967296 ? 0 : 1 / (1 - rate);
    return tf.tensor(mask, sides);
  }
}

/** The dropout layers of a model with a rate above 0, those of nested models included. */
export function dropLayers(model: tf.LayersModel): Drop[] {
  return model.layers.flatMap((layer) => {
    if (layer instanceof Drop) return layer.options.rate > 0 ? [layer] : [];
    return layer instanceof tf.LayersModel ? dropLayers(layer) : [];
  });
}
