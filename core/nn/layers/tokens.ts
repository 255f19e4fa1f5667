import * as tf from "@tensorflow/tfjs";
import type { Initializer } from "./initializers.ts";
import { type LayerShape, ModuleLayer, type ModuleOptions, onlyInput, onlyShape } from "./module_layer.ts";

/** A feature map as tokens, row by row: `[batch, height, width, channels]` to `[batch, height * width, channels]`. */
export class MapToTokens extends tf.layers.Layer {
  /** @nocollapse */
  static readonly className: string = "PodiumMapToTokens";

  override computeOutputShape(inputShape: LayerShape | LayerShape[]): LayerShape {
    const [batch, height, width, channels] = onlyShape(inputShape) as [number | null, number, number, number];
    return [batch, height * width, channels];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const [batch, height, width, channels] = onlyInput(inputs).shape as [number, number, number, number];
    return onlyInput(inputs).reshape([batch, height * width, channels]);
  }
}

/** Options of trained tokens. */
export interface TokenOptions extends ModuleOptions {
  readonly count: number;
  readonly initializer: Initializer;
}

/**
 * Puts trained tokens in front of those of the picture, such as a class token or registers. PyTorch keeps them as a
 * parameter of the net itself, `(1, count, channels)`, that has the layer's name.
 */
export class PrependTokens extends ModuleLayer {
  /** @nocollapse */
  static readonly className: string = "PodiumPrependTokens";
  readonly options: TokenOptions;

  constructor(options: TokenOptions) {
    super(options);
    this.options = options;
  }

  override build(inputShape: LayerShape | LayerShape[]): void {
    const { count, initializer } = this.options;
    this.addParameter("", { shape: [1, count, onlyShape(inputShape)[2]!], initializer });
    this.built = true;
  }

  override computeOutputShape(inputShape: LayerShape | LayerShape[]): LayerShape {
    const [batch, tokens, channels] = onlyShape(inputShape) as [number | null, number, number];
    return [batch, tokens + this.options.count, channels];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const x = onlyInput(inputs) as tf.Tensor3D;
    const token = this.parameters.get("")!.variable;
    // Not tf.tile, whose gradient takes two launches for each image.
    const tokens = tf.zeros([x.shape[0], this.options.count, x.shape[2]]).add(token) as tf.Tensor3D;
    return tf.concat([tokens, x], 1);
  }
}

/** Options of a position embedding. */
export interface PositionOptions extends ModuleOptions {
  /** How many of the first tokens stand for no place in the picture; the others are those of a square grid. */
  readonly prefix: number;
  readonly initializer: Initializer;
}

/** Adds a trained vector to each token; a parameter `(1, tokens, channels)` of the net itself with the layer's name. */
export class PositionEmbedding extends ModuleLayer {
  /** @nocollapse */
  static readonly className: string = "PodiumPositionEmbedding";
  readonly options: PositionOptions;

  constructor(options: PositionOptions) {
    super(options);
    this.options = options;
  }

  override build(inputShape: LayerShape | LayerShape[]): void {
    const [, tokens, channels] = onlyShape(inputShape) as [null, number, number];
    this.addParameter("", { shape: [1, tokens, channels], initializer: this.options.initializer });
    this.built = true;
  }

  override computeOutputShape(inputShape: LayerShape | LayerShape[]): LayerShape {
    return onlyShape(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return onlyInput(inputs).add(this.parameters.get("")!.variable);
  }
}

/** The first token of each image: `[batch, tokens, channels]` to `[batch, channels]`. */
export class FirstToken extends tf.layers.Layer {
  /** @nocollapse */
  static readonly className: string = "PodiumFirstToken";

  override computeOutputShape(inputShape: LayerShape | LayerShape[]): LayerShape {
    const [batch, , channels] = onlyShape(inputShape);
    return [batch!, channels!];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const x = onlyInput(inputs) as tf.Tensor3D;
    return x.slice([0, 0, 0], [-1, 1, -1]).reshape([x.shape[0], x.shape[2]]);
  }
}
